using System.Diagnostics;

namespace Voxeltron.CellWorker;

/// <summary>Finds <c>voxeltron-replay</c>, a program of its own: what it says about a mission does not come from the process it judges.</summary>
internal static class ReplayProgram
{
    public const string Variable = "VOXELTRON_REPLAY";

    private const string EndsWithInput = "VOXELTRON_REPLAY_ENDS_WITH_INPUT";

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

    /// <summary>It ends when this process does, even by SIGKILL: it watches its standard input, which nothing is written to.</summary>
    public static ProcessStartInfo Start(string dll)
    {
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        var host = Environment.ProcessPath is { } self && Path.GetFileNameWithoutExtension(self) == "dotnet"
            ? self
            : string.IsNullOrEmpty(root) ? "dotnet" : Path.Combine(root, "dotnet");
        var start = new ProcessStartInfo(host, [dll])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment[EndsWithInput] = "1";
        return start;
    }
}
