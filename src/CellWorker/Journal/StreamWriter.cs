using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Gives each draft its seq, time and chain value. Belongs to one writer section: never called from two threads at once.
/// Appending is memory only; <see cref="Flush"/> hands the group to the committer.
/// </summary>
internal sealed class StreamWriter(StreamQueue queue, Committer committer, long lastSeq, ReadOnlySpan<byte> lastChain, long lastTimeUs, TimeProvider clock)
{
    /// <summary>The input, its dispatch, boot, action and stop.</summary>
    private const int EntriesOfABoot = 5;

    /// <summary>Bytes of one group at which a turn ends: the action that passes it is the last.</summary>
    public const long FullBytes = 8 * 1024 * 1024;

    // Made at the first entry of a turn, never ahead: a list made at the end of one turn is old by the next, and an old list
    // that died keeps everything it holds alive until a full collection (it was two thirds of what each collection had to copy).
    private List<Entry>? _entries;
    private List<ActorSeal>? _actorSeals;
    private List<CellSealRequest>? _cellSeals;
    private byte[] _chain = lastChain.ToArray();
    private long _seq = lastSeq;
    private long _timeUs = lastTimeUs;
    private long _bytes;
    private long _appendedAt;

    public long LastSeq => _seq;

    /// <summary>
    /// The turn has appended as much, or for as long, as one may: what it holds is in no bound of the queue yet, and nobody
    /// else of this stream is heard meanwhile.
    /// </summary>
    public bool IsFull => _entries is not null && (_bytes + PublishedBytes + BuiltBytes >= FullBytes || clock.GetElapsedTime(_appendedAt) >= StreamQueue.LongestFill);

    /// <summary>Bytes of views' rows that the turn's flush will write beside its entries.</summary>
    public long PublishedBytes { get; set; }

    /// <summary>Bytes of the rows of views that were built in this turn: written whole beside its entries.</summary>
    public long BuiltBytes { get; set; }

    /// <summary>Where the stream stands, entries of this turn included.</summary>
    public StreamPosition Position => new(_seq, queue.Epoch, _timeUs, _chain);

    /// <summary>Bytes of all bodies and payloads this writer appended.</summary>
    public long AppendedBytes { get; private set; }

    /// <summary>What the committer was given; entries after it exist in this turn's memory only.</summary>
    public long FlushedSeq { get; private set; } = lastSeq;

    public Entry Append(EntryDraft draft)
    {
        if (draft.Body.Length > Limits.EntryBodyBytes)
        {
            throw new InvariantException($"A {draft.Kind} body of {draft.Body.Length} bytes is over the limit of {Limits.EntryBodyBytes} bytes.");
        }

        if (draft.Payload?.Length > Limits.EntryPayloadBytes)
        {
            throw new InvariantException($"A {draft.Kind} payload of {draft.Payload.Length} bytes is over the limit of {Limits.EntryPayloadBytes} bytes.");
        }

        // Time never runs backwards inside a stream, whatever the clock does.
        _timeUs = Math.Max(_timeUs, clock.NowUs());
        var header = new EntryHeader(queue.Stream.Tenant, queue.Stream.Stream, ++_seq, queue.Epoch, _timeUs, draft.Kind, draft.Actor);
        _chain = Chain.Next(_chain, header, draft.Body);
        var entry = new Entry(header, draft.Body, draft.Payload, draft.Salt, _chain);
        if (_entries is null)
        {
            _entries = new List<Entry>(EntriesOfABoot);
            _appendedAt = clock.GetTimestamp();
        }

        _entries.Add(entry);
        var bytes = draft.Body.Length + (draft.Payload?.Length ?? 0);
        _bytes += bytes;
        AppendedBytes += bytes;
        return entry;
    }

    /// <summary>Appends a signed intent exactly as its actor wrote it.</summary>
    public Entry AppendVerbatim(Intent intent)
    {
        var entry = Append(new EntryDraft(intent.Kind, intent.Actor, intent.Body, intent.Payload, intent.Salt));
        (_actorSeals ??= []).Add(new ActorSeal(intent, entry.Header.Seq));
        return entry;
    }

    public void SealCell(CellSealRequest request) => (_cellSeals ??= []).Add(request);

    /// <summary>The output follows from this turn's last entry: it leaves when that is durable, and dies if that never becomes so. Before the <see cref="Flush"/>.</summary>
    public void Hold(IOutput output)
    {
        if (_entries is null)
        {
            throw new InvariantException($"An output of {queue.Stream} follows from no entry of this turn: no commit would open the gate for it.");
        }

        queue.Outputs.Hold(_seq, output);
    }

    /// <summary>Hands everything appended since the last flush to the committer as one group.</summary>
    public void Flush(StreamProjection projection)
    {
        if (_entries is null)
        {
            return;
        }

        FlushedSeq = _seq;
        var rows = projection.Views.Count == 0 && projection.ViewDeltas.Count == 0 ? 0 : projection.ViewBytes;
        queue.Add(new EntryGroup(_entries, _actorSeals ?? [], _cellSeals ?? [], projection, _bytes + rows, _appendedAt));
        (_entries, _actorSeals, _cellSeals) = (null, null, null);
        (_bytes, PublishedBytes, BuiltBytes) = (0, 0, 0);
        committer.Wake(queue);
    }

    /// <summary>Forgets a turn that was broken off: nothing of it left memory, so nothing of it happened.</summary>
    public void Discard()
    {
        foreach (var seal in _cellSeals ?? [])
        {
            seal.Release();
        }

        (_entries, _actorSeals, _cellSeals) = (null, null, null);
    }
}
