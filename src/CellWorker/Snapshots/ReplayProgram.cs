using System.Diagnostics;

namespace Voxeltron.CellWorker;

/// <summary>Finds <c>voxeltron-replay</c>, a program of its own: what it says about a mission does not come from the process it judges.</summary>
internal static class ReplayProgram
{
    public const string Variable = "VOXELTRON_REPLAY";

    private const string Name = "voxeltron-replay.dll";

    /// <summary>Named by the environment; beside this program when published together; in a source tree, the build of the same configuration.</summary>
    public static string? Find()
    {
        var here = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        var (framework, configuration) = (Path.GetFileName(here), Path.GetFileName(Path.GetDirectoryName(here)) ?? "");
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable(Variable),
            Path.Combine(here, Name),
            Path.GetFullPath(Path.Combine(here, "..", "..", "..", "..", "Replay", "bin", configuration, framework, Name)),
        ];
        return Array.Find(candidates, static candidate => !string.IsNullOrEmpty(candidate) && File.Exists(candidate));
    }

    public static ProcessStartInfo Start(string dll)
    {
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        var host = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet"
            ? self
            : string.IsNullOrEmpty(root) ? "dotnet" : Path.Combine(root, "dotnet");
        return new ProcessStartInfo(host, [dll]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
    }
}
