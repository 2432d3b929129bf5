using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>The log as rows, wherever it lies: a database, later an export file. One consistent snapshot for a whole verification.</summary>
/// <remarks>
/// A stream's entries and seals are read side by side, each sequence forward and once: a reader over a single connection
/// fetches pages instead of holding two cursors open.
/// </remarks>
public interface ILogReader
{
    /// <summary>
    /// Every stream that has an entry or a head, once each, in <see cref="StreamRef"/> order (in SQL: <c>tenant_id collate "C", stream_id</c>).
    /// The order lets commit roots be rebuilt without holding the log.
    /// </summary>
    IAsyncEnumerable<StreamRef> Streams(CancellationToken ct);

    /// <summary>By seq.</summary>
    IAsyncEnumerable<Entry> Entries(TenantId tenant, StreamId stream, CancellationToken ct);

    /// <summary>By last seq, then in any order.</summary>
    IAsyncEnumerable<SealRow> Seals(TenantId tenant, StreamId stream, CancellationToken ct);

    /// <summary>In any order.</summary>
    IAsyncEnumerable<HeadRow> Heads(CancellationToken ct);

    /// <summary>By host, then number.</summary>
    IAsyncEnumerable<CommitRow> Commits(CancellationToken ct);

    /// <summary>By index.</summary>
    IAsyncEnumerable<LeafRow> Leaves(CancellationToken ct);

    /// <summary>By tree size.</summary>
    IAsyncEnumerable<CheckpointRow> Checkpoints(CancellationToken ct);
}
