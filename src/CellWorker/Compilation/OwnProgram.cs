using System.Diagnostics;

namespace Voxeltron.CellWorker;

/// <summary>Starts this program's own executable in one of its modes, with nothing of the worker's environment but what the runtime needs.</summary>
internal static class OwnProgram
{
    private static readonly string[] s_kept = ["PATH", "DOTNET_ROOT", "LD_LIBRARY_PATH", "TMPDIR", "LANG"];

    /// <summary>
    /// A small heap without a thread of its own; quick code, since the process lives for a blink; no door for debuggers; and compilers'
    /// threads in a number that does not depend on the machine, or its memory would.
    /// </summary>
    private static readonly (string Name, string Value)[] s_runtime =
    [
        ("DOTNET_GCHeapHardLimit", "0x8000000"),
        ("DOTNET_gcServer", "0"),
        ("DOTNET_gcConcurrent", "0"),
        ("DOTNET_TC_QuickJit", "1"),
        ("DOTNET_TieredPGO", "0"),
        ("DOTNET_EnableDiagnostics", "0"),
        ("MALLOC_ARENA_MAX", "2"),
        ("RAYON_NUM_THREADS", "2"),
    ];

    public static ProcessStartInfo Start(params IEnumerable<string> arguments)
    {
        var dll = typeof(OwnProgram).Assembly.Location;
        var self = Environment.ProcessPath;
        var name = self is null ? null : Path.GetFileNameWithoutExtension(self);
        var root = Environment.GetEnvironmentVariable("DOTNET_ROOT");
        // The worker as an executable of its own, the runtime's host that runs it, or a test's host: then the runtime of this machine.
        var start = name == Path.GetFileNameWithoutExtension(dll)
            ? new ProcessStartInfo(self!, arguments)
            : new ProcessStartInfo(name == "dotnet" ? self! : string.IsNullOrEmpty(root) ? "dotnet" : Path.Combine(root, "dotnet"), ["exec", dll, .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        foreach (var foreign in start.Environment.Keys.Except(s_kept, StringComparer.Ordinal).ToList())
        {
            start.Environment.Remove(foreign);
        }

        foreach (var (variable, value) in s_runtime)
        {
            start.Environment[variable] = value;
        }

        return start;
    }
}
