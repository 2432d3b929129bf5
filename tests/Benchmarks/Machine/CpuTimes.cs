namespace Voxeltron.Benchmarks;

/// <summary>Counters of /proc/stat: what the machine's cores did, and what a hypervisor took from them.</summary>
internal readonly record struct CpuTimes(long Total, long Idle, long Stolen)
{
    /// <summary>USER_HZ, fixed in the kernel's interface.</summary>
    public const double TicksPerSecond = 100;

    public static CpuTimes Read()
    {
        // cpu user nice system idle iowait irq softirq steal guest guest_nice; guest times are inside user and nice.
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(long.Parse).ToArray();
        return new CpuTimes(fields.Take(8).Sum(), fields[3] + fields[4], fields[7]);
    }

    public double StolenPercentSince(CpuTimes begin) => Percent(Stolen - begin.Stolen, begin);

    public double BusyPercentSince(CpuTimes begin) => Percent(Total - Idle - (begin.Total - begin.Idle), begin);

    /// <summary>So many ms of CPU time as a part of all cores' time.</summary>
    public double PercentSince(CpuTimes begin, double ms) => Percent((long)(ms / 1000 * TicksPerSecond), begin);

    private double Percent(long part, CpuTimes begin) => Total == begin.Total ? 0 : 100.0 * part / (Total - begin.Total);
}
