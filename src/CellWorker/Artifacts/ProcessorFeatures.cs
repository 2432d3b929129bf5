using System.Runtime.InteropServices;

namespace Voxeltron.CellWorker;

/// <summary>
/// What this machine's processor can do, as one line: code compiled for one processor is not given to another, even where a state
/// directory moves. The engine checks again, for what it used, when it loads.
/// </summary>
internal static class ProcessorFeatures
{
    private const string File = "/proc/cpuinfo";

    /// <summary>As the kernel reports them, which masks what it does not support; sorted, since its order is no promise.</summary>
    public static string Line { get; } = $"{RuntimeInformation.ProcessArchitecture} {string.Join(' ', Read().Order(StringComparer.Ordinal))}";

    private static string[] Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return [];
        }

        foreach (var line in System.IO.File.ReadLines(File))
        {
            // x86 calls them flags, Arm Features.
            if (line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))
            {
                return line[(line.IndexOf(':') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return [];
    }
}
