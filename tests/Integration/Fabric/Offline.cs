using System.Diagnostics;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Runs <c>voxeltron-replay</c> as on a machine that has the files and nothing else: no variable names a fabric, and where the
/// kernel allows it, a network namespace of its own without even a loopback.
/// </summary>
internal static class Offline
{
    // As root plainly; else in a user namespace, which some kernels forbid.
    private static readonly Lazy<string[]?> s_unshare = new(static () =>
        new[] { new[] { "-n" }, ["-r", "-n"] }.FirstOrDefault(static flags => Try([.. flags, "true"])));

    /// <summary>A namespace of its own is there; else only the absence of any address keeps the tool from the network.</summary>
    public static bool HasNoNetwork => s_unshare.Value is not null;

    public static Task<(int ExitCode, IReadOnlyList<string> Lines)> ReplayAsync(string folder, params string[] words) =>
        RunAsync(folder, [.. s_unshare.Value is { } flags ? ["unshare", .. flags] : Array.Empty<string>(), .. Tool(words)]);

    /// <summary>With every call for a socket written to <paramref name="trace"/>; the network is there to be asked for.</summary>
    public static Task<(int ExitCode, IReadOnlyList<string> Lines)> TracedAsync(string folder, string trace, params string[] words) =>
        RunAsync(folder, ["strace", "-f", "-e", "trace=socket,connect", "-o", trace, .. Tool(words)]);

    private static string[] Tool(string[] words) => ["dotnet", "exec", BuiltFiles.Program("Replay", "voxeltron-replay"), .. words];

    private static async Task<(int ExitCode, IReadOnlyList<string> Lines)> RunAsync(string folder, string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]);
        (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
        foreach (var variable in start.Environment.Keys.Where(static key => key.StartsWith("VOXELTRON_", StringComparison.Ordinal) || key.StartsWith("PG", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(variable);
        }

        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("The tool did not start.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, [.. (output + await errors).TrimEnd('\n').Split('\n')]);
    }

    private static bool Try(string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such program.
            return false;
        }
    }
}
