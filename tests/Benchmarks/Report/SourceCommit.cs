using System.ComponentModel;
using System.Diagnostics;

namespace Voxeltron.Benchmarks;

/// <summary>The commit that was built, with <c>-dirty</c> behind it when the sources differ from it.</summary>
internal static class SourceCommit
{
    public static string Read() => Git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*") ?? "unknown";

    private static string? Git(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = AppContext.BaseDirectory };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 && output.Length > 0 ? output : null;
        }
        catch (Win32Exception)
        {
            // No git here: a packaged build.
            return null;
        }
    }
}
