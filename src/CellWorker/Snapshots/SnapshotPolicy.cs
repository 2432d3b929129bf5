namespace Voxeltron.CellWorker;

/// <summary>
/// When a mission is worth another snapshot. A takeover folds what came after the newest good one, so the tail is bounded;
/// taking one holds up the mission's cells, so its share of time is bounded too.
/// </summary>
internal sealed class SnapshotPolicy(SnapshotOptions options, TimeProvider clock)
{
    /// <summary>A mission gives at most a twentieth of its time to snapshots.</summary>
    private const int CostShare = 20;

    /// <summary>A short tail is folded faster than a snapshot is read.</summary>
    private const long ShortTail = 1_000;

    private long _seq;
    private long _bytes;
    private long _takenAt = clock.GetTimestamp();
    private TimeSpan _pause = options.Interval;

    /// <summary>The stream was recovered from a snapshot at <paramref name="seq"/>, or from nothing (0).</summary>
    public void Recovered(long seq) => _seq = seq;

    /// <param name="lastSeq">The stream's last entry.</param>
    /// <param name="bytes">Bytes appended to the stream by this host.</param>
    public bool IsDue(long lastSeq, long bytes)
    {
        var tail = lastSeq - _seq;
        if (options.Tail == 0 || tail < Math.Min(ShortTail, options.Tail))
        {
            return false;
        }

        var since = clock.GetElapsedTime(_takenAt);
        return since >= _pause && (tail >= options.Tail || bytes - _bytes >= options.TailBytes || since >= options.Age);
    }

    public void Taken(long seq, long bytes, TimeSpan cost)
    {
        (_seq, _bytes, _takenAt) = (seq, bytes, clock.GetTimestamp());
        _pause = cost * CostShare > options.Interval ? cost * CostShare : options.Interval;
    }
}

/// <param name="Tail">Entries after the last snapshot at which the next is due; 0: none is ever taken.</param>
/// <param name="TailBytes">The same in bytes of bodies and payloads.</param>
/// <param name="Age">Time after which a shorter tail is worth one too.</param>
/// <param name="Interval">Two of one mission lie at least this far apart.</param>
/// <param name="JudgePercent">Share of time this host may have snapshots replayed.</param>
internal sealed record SnapshotOptions(int Tail, long TailBytes, TimeSpan Age, TimeSpan Interval, int JudgePercent = 33)
{
    public static readonly SnapshotOptions Default = new(20_000, 64L * 1024 * 1024, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5));
}
