namespace Voxeltron.CellWorker;

/// <summary>
/// Durations in buckets of at most 1/32 of their value (log-linear, as HdrHistogram's): constant memory, about 2 ns a record.
/// One thread records at a time; a reader beside it sees every record of some moment or of the next.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 5;
    private const int Sub = 1 << SubBits;

    private readonly long[] _counts = new long[(64 - SubBits) * Sub];
    private long _max;

    /// <param name="ticks">Of <see cref="TimeProvider.TimestampFrequency"/>; negative counts as zero.</param>
    public void Record(long ticks, long times = 1)
    {
        var value = Math.Max(0, ticks);
        _counts[Bucket(value)] += times;
        _max = Math.Max(_max, value);
    }

    public void Clear()
    {
        Array.Clear(_counts);
        _max = 0;
    }

    /// <param name="unitsPerTick">What one tick is in the unit wanted.</param>
    /// <returns>Nearest-rank percentiles, each the upper edge of its bucket: never below the true value.</returns>
    public LatencySummary Summary(double unitsPerTick)
    {
        var counts = (long[])_counts.Clone();
        var total = counts.Sum();
        return new LatencySummary(total, At(0.5), At(0.9), At(0.99), At(0.999), Volatile.Read(ref _max) * unitsPerTick);

        double At(double share)
        {
            var rank = (long)Math.Ceiling(total * share);
            var seen = 0L;
            for (var i = 0; i < counts.Length; i++)
            {
                seen += counts[i];
                if (seen >= rank && seen > 0)
                {
                    return Math.Min(UpperEdge(i), Volatile.Read(ref _max)) * unitsPerTick;
                }
            }

            return 0;
        }
    }

    private static int Bucket(long value)
    {
        if (value < Sub)
        {
            return (int)value;
        }

        var shift = 63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)value) - SubBits;
        return ((shift + 1) << SubBits) + (int)((value >> shift) - Sub);
    }

    private static long UpperEdge(int bucket)
    {
        var shift = (bucket >> SubBits) - 1;
        return shift < 0 ? bucket : ((((long)(bucket & (Sub - 1)) + Sub + 1) << shift) - 1);
    }
}

/// <summary>A histogram's answer, in the unit its reader asked for.</summary>
internal sealed record LatencySummary(long N, double P50, double P90, double P99, double P999, double Max);
