namespace Voxeltron.CellWorker;

/// <summary>
/// Where one owner's outputs wait until the entry they follow from is durable (DESIGN §3.8 and invariant 2). Its owner may lose
/// the stream first: then they never leave, and the next owner does from the log what is still to be done.
/// </summary>
/// <remarks>
/// <code>
///  writer section: Hold(seq) ─► waiting ─► committer: Open(durable seq) ─► Leave, in order of seq, once
///                                  └─────► Close: fenced, lease lost, host stops: none of these, nor any held later
/// </code>
/// Only what leaves from memory waits here. A completion and an event of the stream need no gate: they are rows of the very
/// commit that makes their entry durable, and Api reads them back, so nobody can see the one before the other.
/// </remarks>
internal sealed class OutputGate
{
    /// <summary>From here on the writer section waits (<see cref="StreamQueue.HasRoom"/>); what the turn that came so far still holds is on top.</summary>
    public const int MostWaiting = 4_096;

    private readonly Lock _lock = new();

    // Guarded by _lock. Most streams never hold anything: made by the first that does, and until then a commit looks at null.
    private Queue<(long Seq, IOutput Output)>? _waiting;
    private bool _closed;

    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _waiting is null || _waiting.Count < MostWaiting;
            }
        }
    }

    /// <summary>The output leaves once <paramref name="seq"/>, no lower than the one before, is durable. Writer section only.</summary>
    public void Hold(long seq, IOutput output)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                (_waiting ??= new Queue<(long, IOutput)>()).Enqueue((seq, output));
            }
        }
    }

    /// <summary>Every entry up to this seq is durable. Committer only: what waited for them leaves on its thread, before this returns.</summary>
    public void Open(long durableSeq)
    {
        while (TakeUpTo(durableSeq) is { } output)
        {
            output.Leave();
        }
    }

    /// <summary>Nothing leaves any more. An output that is just leaving does: its entry is durable.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _waiting = null;
        }
    }

    private IOutput? TakeUpTo(long durableSeq)
    {
        lock (_lock)
        {
            return _waiting is not null && _waiting.TryPeek(out var first) && first.Seq <= durableSeq ? _waiting.Dequeue().Output : null;
        }
    }
}

/// <summary>Something that leaves the fabric, or makes something leave it.</summary>
internal interface IOutput
{
    /// <summary>Hands it over to whoever sends it. Once, or never. All streams of the host wait meanwhile: it may neither block nor throw.</summary>
    void Leave();
}
