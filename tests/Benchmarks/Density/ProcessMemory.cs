using System.Globalization;

namespace Voxeltron.Benchmarks;

/// <summary>What a process holds for itself, as the kernel counts it; KiB. Shared pages (mapped code and images) are not its own.</summary>
internal readonly record struct ProcessMemory(long PrivateKib, long PageTablesKib, long ResidentKib, long Mappings)
{
    public long OwnKib => PrivateKib + PageTablesKib;

    public static ProcessMemory Of(int process)
    {
        var rollup = File.ReadAllLines($"/proc/{process}/smaps_rollup");
        var status = File.ReadAllLines($"/proc/{process}/status");
        return new ProcessMemory(
            Kib(rollup, "Private_Clean:") + Kib(rollup, "Private_Dirty:"), Kib(status, "VmPTE:"), Kib(status, "VmRSS:"), File.ReadLines($"/proc/{process}/maps").LongCount());
    }

    public static long ResidentOf(int process) => Kib(File.ReadAllLines($"/proc/{process}/status"), "VmRSS:");

    public static ProcessMemory operator +(ProcessMemory a, ProcessMemory b) =>
        new(a.PrivateKib + b.PrivateKib, a.PageTablesKib + b.PageTablesKib, a.ResidentKib + b.ResidentKib, Math.Max(a.Mappings, b.Mappings));

    private static long Kib(string[] lines, string name)
    {
        var line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal)) ?? throw new InvalidOperationException($"The kernel says nothing of {name}");
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
    }
}
