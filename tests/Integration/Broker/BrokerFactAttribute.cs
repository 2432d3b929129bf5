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
        Skip = s_missing.Value;
    }

    private static string? Find()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", BuiltFiles.Program("Broker", "Voxeltron.Broker"), "--check"]) { RedirectStandardOutput = true })!;
        var said = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0
            ? !File.Exists("/usr/sbin/ip") && !File.Exists("/sbin/ip") ? "netns_unavailable: these tests lay out their networks with ip: install the package iproute2" : null
            : said;
    }
}
