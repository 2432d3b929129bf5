using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>The log as rows, wherever it lies: a database, later an export file. One consistent snapshot for a whole verification.</summary>
public interface ILogReader
{
    /// <summary>Every stream that has an entry, a seal or a head, once each, in any order.</summary>
    IAsyncEnumerable<StreamRef> Streams(CancellationToken ct);

    /// <summary>By seq.</summary>
    IAsyncEnumerable<Entry> Entries(TenantId tenant, StreamId stream, CancellationToken ct);

    /// <summary>By last seq, then in any order.</summary>
    IAsyncEnumerable<SealRow> Seals(TenantId tenant, StreamId stream, CancellationToken ct);

    IAsyncEnumerable<HeadRow> Heads(CancellationToken ct);

    /// <summary>By host, then number.</summary>
    IAsyncEnumerable<CommitRow> Commits(CancellationToken ct);

    /// <summary>By index.</summary>
    IAsyncEnumerable<LeafRow> Leaves(CancellationToken ct);

    /// <summary>By tree size.</summary>
    IAsyncEnumerable<CheckpointRow> Checkpoints(CancellationToken ct);
}
