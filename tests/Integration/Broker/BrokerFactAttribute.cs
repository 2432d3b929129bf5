using System.Diagnostics;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>A fact over real network namespaces; skipped with the broker's own words where this machine cannot have them.</summary>
public sealed class BrokerFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> s_missing = new(Find);

    public BrokerFactAttribute()
    {
        Skip = Missing;
    }

    internal static string? Missing => s_missing.Value;

    private static string? Find()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", BuiltFiles.Program("Broker", "Voxeltron.Broker"), "--check"]) { RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Array.Find(["ip", "conntrack"], static tool => !File.Exists("/usr/sbin/" + tool) && !File.Exists("/sbin/" + tool)) is { } tool
                ? $"netns_unavailable: these tests lay out and look at their networks with ip and conntrack: {tool} is not here"
                : null
            : said;
    }
}

/// <summary>The same, over several cases.</summary>
public sealed class BrokerTheoryAttribute : TheoryAttribute
{
    public BrokerTheoryAttribute()
    {
        Skip = BrokerFactAttribute.Missing;
    }
}
