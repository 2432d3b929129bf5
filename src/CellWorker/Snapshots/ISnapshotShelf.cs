using Voxeltron.Execution;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Where a host's snapshots are kept and found. Postgres in production, memory under simulation.</summary>
internal interface ISnapshotShelf
{
    /// <summary>Stores it beside the writer section once it is durable. False when too many wait: this one is left out.</summary>
    bool Offer(SnapshotDraft draft);

    /// <summary>Snapshots of the stream that count, the newest first, their bytes compared with their root; bad ones are left out and told.</summary>
    IAsyncEnumerable<SnapshotReader> OpenAsync(StreamRef stream, CancellationToken cancel);

    /// <summary>One that was opened does not fit the log.</summary>
    void Refused(StreamRef stream, long seq, string reason);

    /// <summary>The mission ended: nobody will take it over.</summary>
    Task ForgetAsync(StreamRef stream, CancellationToken cancel);
}

/// <summary>A snapshot whose entry was appended and may not be durable yet.</summary>
internal sealed record SnapshotDraft(StreamQueue Queue, SnapshotContent Content);
