using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

/// <summary>
/// Counts the memory a mission keeps warm, times how long. Between two turns of its writer section nothing comes or goes, so a look at the end
/// of a turn is the rate until the next; what comes and goes within <see cref="Throttle"/> of a look is missed. What was counted is
/// written when it is a hundredth of the limit, or all that is left: so an idle mission writes next to nothing, and over is at most what is
/// warm for as long as a turn comes late. Belongs to the writer section.
/// </summary>
internal sealed class WarmMeter(TimeProvider clock)
{
    /// <summary>A look costs a step for each live cell.</summary>
    private static readonly TimeSpan Throttle = TimeSpan.FromMilliseconds(100);

    private const long KibPerMib = 1024;

    /// <summary>Written at once where nothing limits it: a MiB for a quarter of an hour.</summary>
    private const long UnlimitedChunkMibMs = 1_000_000;

    private const long SmallestChunkMibMs = 1_000;

    private long _rateKib;
    private long _since = clock.GetTimestamp();
    private long _lookedAt;

    // In KiB times microseconds: a turn may be short.
    private Int128 _counted;

    /// <summary>What was counted and not written, MiB·ms.</summary>
    public long CountedMibMs => (long)(_counted / KibPerMib / 1000);

    /// <summary>Counts up to now, and looks again when the last look is old.</summary>
    public void Look(Func<long> warmKib, bool always = false)
    {
        var now = clock.GetTimestamp();
        _counted += (Int128)_rateKib * (clock.GetElapsedTime(_since, now).Ticks / TimeSpan.TicksPerMicrosecond);
        _since = now;
        if (always || _lookedAt == 0 || clock.GetElapsedTime(_lookedAt, now) >= Throttle)
        {
            (_rateKib, _lookedAt) = (warmKib(), now);
        }
    }

    /// <summary>It is to be written now.</summary>
    public bool IsDue(BudgetLedger budget) => CountedMibMs >= Chunk(budget);

    /// <summary>It was written.</summary>
    public void Written(long mibMs) => _counted -= (Int128)mibMs * KibPerMib * 1000;

    /// <summary>How long until it is due, at the rate of the last look; null where nothing is warm.</summary>
    public TimeSpan? Next(BudgetLedger budget) => _rateKib == 0
        ? null
        : TimeSpan.FromMilliseconds(Math.Clamp((double)(Chunk(budget) - CountedMibMs) * KibPerMib / _rateKib, 1, TimeSpan.FromDays(1).TotalMilliseconds));

    private static long Chunk(BudgetLedger budget)
    {
        // Used up, what still cannot be put away is said now and then.
        if (!budget.IsLimited(BudgetDimension.WarmMibMs) || budget.Left(BudgetDimension.WarmMibMs) is not (var left and > 0))
        {
            return UnlimitedChunkMibMs;
        }

        return Math.Min(left, Math.Max(SmallestChunkMibMs, budget.Limit(BudgetDimension.WarmMibMs) / 100));
    }
}
