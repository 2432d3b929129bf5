using System.Diagnostics;

namespace Voxeltron.Benchmarks;

/// <summary>Timestamps of CLOCK_MONOTONIC, which every process of a machine shares: a client's and a worker's may be subtracted.</summary>
internal static class Ticks
{
    public static long Now => Stopwatch.GetTimestamp();

    public static double Ms(long from, long to) => (to - from) * 1e3 / Stopwatch.Frequency;

    public static double Us(long from, long to) => (to - from) * 1e6 / Stopwatch.Frequency;

    public static double Seconds(long from, long to) => (to - from) / (double)Stopwatch.Frequency;
}
