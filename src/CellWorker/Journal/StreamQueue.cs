using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// What lies between one stream's writer section and the host's committer: groups appended and not durable yet.
/// The writer section adds, the committer takes; the lock is held for a few list operations only.
/// </summary>
internal sealed class StreamQueue(StreamRef stream, long epoch, TimeProvider clock)
{
    /// <summary>Undurable entries, in flight or not, and bytes at which the writer section must wait for the committer.</summary>
    public const int MostEntries = 32_768;
    public const long MostBytes = 32 * 1024 * 1024;

    /// <summary>
    /// Age of what no commit has taken yet at which the writer section must wait (DESIGN §5.6). Counted from append: counted from
    /// arrival, a backlog would be too old at birth and each commit would hold one entry.
    /// </summary>
    public static readonly TimeSpan LongestFill = TimeSpan.FromMilliseconds(25);

    private readonly Lock _gate = new();
    private readonly Queue<EntryGroup> _groups = new();
    private readonly AsyncSignal _progress = new(clock);
    private int _entries;
    private long _bytes;
    private long _durableSeq;
    private int _listed;
    private string? _dropped;

    public StreamRef Stream => stream;

    public long Epoch => epoch;

    /// <summary>The epoch the head must still stand at, until this epoch's first commit is durable. Committer only.</summary>
    public long? PreviousEpoch { get; private set; }

    /// <summary>Every entry up to this seq is durable. Outputs wait for it.</summary>
    public long DurableSeq => Volatile.Read(ref _durableSeq);

    /// <summary>Why this stream may write no more (fenced, host stopped), or null.</summary>
    public string? Dropped => Volatile.Read(ref _dropped);

    /// <summary>What the queues of this host share; alone in its own where nobody else is.</summary>
    public HostBacklog Backlog { get; init; } = new();

    public bool HasRoom
    {
        get
        {
            if (!Backlog.HasRoomFor(this))
            {
                return false;
            }

            lock (_gate)
            {
                return _entries < MostEntries && _bytes < MostBytes && Outputs.HasRoom
                    && (!_groups.TryPeek(out var oldest) || clock.GetElapsedTime(oldest.AppendedAt) < LongestFill);
            }
        }
    }

    /// <summary>What waits for entries of this stream to be durable.</summary>
    public OutputGate Outputs { get; } = new();

    /// <summary>True for the one caller who must hand this queue to the committer.</summary>
    public bool TryList() => Interlocked.Exchange(ref _listed, 1) == 0;

    /// <summary>Committer only.</summary>
    public void Unlist() => Volatile.Write(ref _listed, 0);

    /// <summary>Nothing waits to be taken; what was taken may not be durable yet.</summary>
    public bool IsDrained
    {
        get
        {
            lock (_gate)
            {
                return _groups.Count == 0;
            }
        }
    }

    /// <summary>Set whenever entries were taken or became durable, or the stream was dropped.</summary>
    public AsyncSignal Progress => _progress;

    /// <summary>Names the epoch the recovered head stands at (0: the stream is new). Before the first <see cref="Add"/>.</summary>
    public void FenceOn(long previousEpoch) => PreviousEpoch = previousEpoch;

    /// <summary>An entry read back from the journal: durable by definition. Before the first <see cref="Add"/>.</summary>
    public void Recovered(long seq) => Volatile.Write(ref _durableSeq, seq);

    public void Add(EntryGroup group)
    {
        lock (_gate)
        {
            if (_dropped is not null)
            {
                foreach (var seal in group.CellSeals)
                {
                    seal.Release();
                }

                return;
            }

            _groups.Enqueue(group);
            _entries += group.Entries.Count;
            _bytes += group.Bytes;
            Backlog.Add(group.Bytes);
        }
    }

    /// <summary>Takes whole groups up to the two bounds; at least one when there is one. Committer only.</summary>
    public List<EntryGroup> Take(int mostEntries, long mostBytes = long.MaxValue)
    {
        var taken = new List<EntryGroup>();
        var count = 0;
        var bytes = 0L;
        lock (_gate)
        {
            while (_groups.TryPeek(out var next) && (count == 0 || (count + next.Entries.Count <= mostEntries && bytes + next.Bytes <= mostBytes)))
            {
                taken.Add(_groups.Dequeue());
                count += next.Entries.Count;
                bytes += next.Bytes;
            }
        }

        if (taken.Count > 0)
        {
            // What was too old to add to is on its way: a writer that waits for room need not wait for the commit.
            _progress.Set();
        }

        return taken;
    }

    /// <summary>The taken groups are durable. Committer only.</summary>
    public void Confirm(List<EntryGroup> groups)
    {
        var freed = 0L;
        lock (_gate)
        {
            // Of a stream that was dropped meanwhile nothing is counted any more.
            foreach (var group in _dropped is null ? groups : [])
            {
                _entries -= group.Entries.Count;
                freed += group.Bytes;
            }

            _bytes -= freed;
        }

        Backlog.Remove(freed);

        PreviousEpoch = null;
        var durable = groups[^1].Entries[^1].Header.Seq;
        // Before anybody can see it: an owner that ends when all is durable closes the gate.
        Outputs.Open(durable);
        Volatile.Write(ref _durableSeq, durable);
        _progress.Set();
    }

    /// <summary>Nothing of this stream will become durable through this host any more.</summary>
    public void Drop(string reason)
    {
        Outputs.Close();
        long freed;
        lock (_gate)
        {
            freed = _bytes;
            _dropped ??= reason;
            foreach (var group in _groups)
            {
                foreach (var seal in group.CellSeals)
                {
                    seal.Release();
                }
            }

            _groups.Clear();
            _entries = 0;
            _bytes = 0;
        }

        Backlog.Remove(freed);

        _progress.Set();
    }
}
