using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>The machine a figure was measured on. A figure without it says nothing.</summary>
internal static class MachineInfo
{
    public static JsonObject Read(string stateDirectory, string postgresVersion, CpuTimes begin, CpuTimes end, CpuUse fabric) => new()
    {
        ["cores"] = Environment.ProcessorCount,
        ["cpu"] = Line("/proc/cpuinfo", "model name"),
        ["memory_mib"] = long.Parse(Line("/proc/meminfo", "MemTotal").Split(' ')[0]) / 1024,
        ["kernel"] = File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        ["dotnet"] = Environment.Version.ToString(),
        ["postgres"] = postgresVersion,
        ["fsync_8k_us"] = Fsync(stateDirectory),
        ["steal_percent"] = Figures.Number(end.StolenPercentSince(begin)),
        ["busy_percent"] = Figures.Number(end.BusyPercentSince(begin)),
        // What other programs took meanwhile: above a few percent the latencies are theirs too.
        ["others_percent"] = Figures.Number(Math.Max(0, end.BusyPercentSince(begin) - end.PercentSince(begin, fabric.TotalMs))),
    };

    private static JsonObject Fsync(string directory)
    {
        var probe = FsyncProbe.Run(directory);
        return new JsonObject { ["p50"] = Figures.Number(probe.P50), ["p99"] = Figures.Number(probe.P99), ["n"] = probe.Count };
    }

    private static string Line(string file, string name) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "0 unknown";
}
