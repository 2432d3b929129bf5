using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// What a stream's entries mean: a mission or a tenant's system mission. Every member runs in the stream's writer section,
/// one call at a time. A handler appends through the writer and never touches the database for the log.
/// </summary>
internal interface IStreamHandler
{
    /// <summary>Folds one entry another owner (or this one's former life) wrote.</summary>
    void Recover(Entry entry);

    /// <summary>Called once, after this epoch's <c>epoch.began</c> was appended and folded.</summary>
    Task BeginAsync(StreamWriter writer, CancellationToken cancel);

    /// <summary>Appends a signed intent verbatim and reacts to it, both in the group that is being built.</summary>
    Task AcceptAsync(StreamWriter writer, ArrivedIntent intent, CancellationToken cancel);

    /// <summary>Does a bounded amount of work.</summary>
    /// <returns>When to call again: zero = there is more to do now; null = only an intent can bring work.</returns>
    Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel);

    /// <summary>Rows of <c>control</c> touched since the last call; goes into the same commit as the entries that touched them.</summary>
    StreamProjection DrainProjection();

    /// <summary>The stream has ended and takes no more work.</summary>
    bool Finished { get; }

    /// <summary>First payload of a new stream's first epoch (the mission secret), or null.</summary>
    byte[]? NewSecret();
}

/// <summary>An inbox row on its way into the log, and when this host read it (a <see cref="TimeProvider"/> timestamp: the "claim" of boot measurements).</summary>
internal sealed record ArrivedIntent(Intent Intent, long ReadTimestamp);
