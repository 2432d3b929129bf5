using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// What one mission's state may grow to. Replay must use the same values: a limit reached is a status the guest sees.
/// </summary>
public sealed record StoreLimits
{
    public static readonly StoreLimits Default = new();

    /// <summary>One row's tuple.</summary>
    public int RowBytes { get; init; } = 256 * 1024;

    /// <summary>One key in its ordered encoding.</summary>
    public int KeyBytes { get; init; } = 1024;

    /// <summary>Rows of all tables together.</summary>
    public long RowsPerMission { get; init; } = 1_000_000;

    /// <summary>Tuple bytes plus key bytes of all rows together. Views share it: what they keep has room beside the rows.</summary>
    public long TotalBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Puts and deletes of one transaction, repeated ones counted: bounds the undo log.</summary>
    public int WritesPerTransaction { get; init; } = 100_000;

    /// <summary>
    /// Upper bound of one transaction's write set as JSON: what an entry's payload leaves beside the action's outputs. With
    /// more, an action could commit in memory that the journal cannot hold.
    /// </summary>
    public int WriteSetJsonBytes { get; init; } = Limits.EntryPayloadBytes - Limits.ActionOutputJsonBytes;

    /// <summary>
    /// Whether each table's running set hash is kept, which a scrubber needs. No guest sees it. Off unless asked for: a
    /// changed row costs one more SHA-256, or two, about 0.2 µs each.
    /// </summary>
    public bool SetHashes { get; init; }

    /// <summary>What a guest can notice, for whoever fingerprints it.</summary>
    public void Describe(Action<string, string> line)
    {
        line("row", $"{RowBytes},{KeyBytes}");
        line("mission_state", $"{RowsPerMission},{TotalBytes}");
        line("writes", $"{WritesPerTransaction},{WriteSetJsonBytes}");
        line("views", $"{MissionViews.MostViews},{MissionViews.BatchBytes},{Trace.RowOverhead}");
    }
}
