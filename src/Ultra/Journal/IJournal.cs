using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Where a host's commits become durable. Postgres in production, faulty ones under simulation.</summary>
public interface IJournal
{
    /// <summary>Makes the whole batch durable or nothing of it.</summary>
    /// <exception cref="JournalUnavailableException">The journal could not be reached; look at <see cref="JournalUnavailableException.Indeterminate"/>.</exception>
    Task<CommitOutcome> CommitAsync(CommitBatch batch, CancellationToken ct);

    /// <returns>Null when the stream has no entry yet.</returns>
    Task<HeadRow?> ReadHeadAsync(TenantId tenant, StreamId stream, CancellationToken ct);

    /// <summary>Entries with seq greater than <paramref name="afterSeq"/>, in order.</summary>
    IAsyncEnumerable<Entry> ReadAsync(TenantId tenant, StreamId stream, long afterSeq, CancellationToken ct);
}
