using System.Globalization;

namespace Voxeltron.Benchmarks;

/// <summary>CPU time of processes from /proc, in steps of 10 ms.</summary>
internal static class ProcessCpu
{
    /// <summary>User and system time of one process with its ended children, in ms; 0 when it is gone.</summary>
    public static double Ms(int process) =>
        Stat(process) is { } fields ? Enumerable.Range(11, 4).Sum(i => Field(fields, i)) / CpuTimes.TicksPerSecond * 1000 : 0;

    /// <summary>A process and all its children: a Postgres server with its backends.</summary>
    public static double TreeMs(int parent)
    {
        var sum = Ms(parent);
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var process) && Parent(process) == parent)
            {
                sum += Ms(process);
            }
        }

        return sum;
    }

    /// <returns>0 when the process is gone.</returns>
    public static int Parent(int process) => Stat(process) is { } fields ? (int)Field(fields, 1) : 0;

    // Fields from the third on: the second is a name that may hold anything, so counting begins behind its closing bracket.
    private static string[]? Stat(int process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It ended between being listed and being read.
            return null;
        }
    }

    private static long Field(string[] fields, int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
}
