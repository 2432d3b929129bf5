namespace Voxeltron.Cosmictron;

/// <summary>
/// Row ids of one table in key order, or in the order of one index and then the key, or those of a view's trace: sorted chunks of at most
/// <see cref="ChunkIds"/> ids, found by binary search over their first rows; keys are compared where they lie in the
/// slabs. An insert moves at most one chunk's ids and, rarely, the list of chunks. Chunks are never empty, and one that
/// shrank to an eighth has fuller neighbours.
/// </summary>
/// <remarks>An id's record must not change its key here while the id is in: remove, change, insert.</remarks>
internal sealed class OrderedRows
{
    public const int ByKey = -1;

    /// <summary>The records are a view's (<see cref="TraceRecord"/>).</summary>
    public const int OfTrace = -2;

    private const int ChunkIds = 256;

    private readonly RecordHeap _heap;
    private readonly RowDirectory _rows;
    private readonly int _index;
    private readonly List<Chunk> _chunks = [];

    public OrderedRows(RecordHeap heap, RowDirectory rows, int index)
    {
        _heap = heap;
        _rows = rows;
        _index = index;
    }

    /// <summary>Changes with every insert and removal; a position is only good for the version it was found in.</summary>
    public long Version { get; private set; }

    public void Build(int[] ids)
    {
        Array.Sort(ids, Compare);
        foreach (var id in ids)
        {
            Append(id);
        }
    }

    /// <summary>Adds a row that is known to come after all others.</summary>
    public void Append(int id)
    {
        // Half full, so that inserts right after a build do not split every chunk.
        if (_chunks.Count == 0 || _chunks[^1].Count >= ChunkIds / 2)
        {
            _chunks.Add(new Chunk());
        }

        var last = _chunks[^1];
        last.Ids[last.Count++] = id;
        Version++;
    }

    public void Insert(int id)
    {
        if (_chunks.Count == 0)
        {
            Append(id);
            return;
        }

        Version++;
        var probe = ProbeOf(id);
        var index = Math.Max(0, LastChunkNotAfter(probe));
        var chunk = _chunks[index];
        if (chunk.Count == ChunkIds)
        {
            var upper = chunk.SplitUpperHalf();
            _chunks.Insert(index + 1, upper);
            if (Compare(upper.Ids[0], probe) <= 0)
            {
                chunk = upper;
            }
        }

        var slot = LowerBound(chunk, probe, out _);
        Array.Copy(chunk.Ids, slot, chunk.Ids, slot + 1, chunk.Count - slot);
        chunk.Ids[slot] = id;
        chunk.Count++;
    }

    public void Remove(int id)
    {
        // Within its chunk by the id itself: a scan of at most 1 KiB, where a search would read a row at each of its steps.
        var index = LastChunkNotAfter(ProbeOf(id));
        var slot = index < 0 ? -1 : _chunks[index].Ids.AsSpan(0, _chunks[index].Count).IndexOf(id);
        if (slot < 0)
        {
            throw new Kernel.InvariantException("A row of the table was missing from its order.");
        }

        Version++;
        var chunk = _chunks[index];
        chunk.Count--;
        Array.Copy(chunk.Ids, slot + 1, chunk.Ids, slot, chunk.Count - slot);
        if (chunk.Count == 0)
        {
            _chunks.RemoveAt(index);
        }
        else if (chunk.Count <= ChunkIds / 8)
        {
            Merge(index);
            Merge(index - 1);
        }
    }

    /// <summary>
    /// Joins a chunk with the next if that leaves room for inserts. Or rows that were deleted all but a few, range after range,
    /// would leave a chunk for each that is left.
    /// </summary>
    private void Merge(int index)
    {
        if (index < 0 || index + 1 >= _chunks.Count || _chunks[index].Count + _chunks[index + 1].Count > ChunkIds / 2)
        {
            return;
        }

        var (lower, upper) = (_chunks[index], _chunks[index + 1]);
        Array.Copy(upper.Ids, 0, lower.Ids, lower.Count, upper.Count);
        lower.Count += upper.Count;
        _chunks.RemoveAt(index + 1);
    }

    /// <summary>Chunks there are: for whoever watches the room they take.</summary>
    public int ChunkCount => _chunks.Count;

    /// <summary>The first position whose key is at or above <paramref name="key"/>; may be the end.</summary>
    public Position Seek(ReadOnlySpan<byte> key) => Seek(new Probe(key, default), after: false);

    /// <summary>The first position above the record's.</summary>
    public Position SeekAfter(in Record record) => Seek(new Probe(KeyOf(record), TieOf(record)), after: true);

    public Position Next(Position position) => Settle(new Position(position.Chunk, position.Slot + 1));

    public bool TryIdAt(Position position, out int id)
    {
        var found = position.Chunk < _chunks.Count;
        id = found ? _chunks[position.Chunk].Ids[position.Slot] : -1;
        return found;
    }

    public bool TryLast(out int id)
    {
        var found = _chunks.Count > 0;
        id = found ? _chunks[^1].Ids[_chunks[^1].Count - 1] : -1;
        return found;
    }

    /// <summary>The last row whose key begins with the prefix; when none does, the last before where they would be.</summary>
    public bool TryLast(ReadOnlySpan<byte> prefix, out int id)
    {
        var probe = new Probe(prefix, default, pastPrefix: true);
        var index = LastChunkNotAfter(probe);
        id = index < 0 ? -1 : _chunks[index].Ids[LowerBound(_chunks[index], probe, out _) - 1];
        return index >= 0;
    }

    /// <summary>The bytes rows are ordered by first: the key, or the index key.</summary>
    public ReadOnlySpan<byte> KeyOf(scoped in Record record) => _index == ByKey ? record.Key : record.IndexKey(_index);

    private ReadOnlySpan<byte> TieOf(scoped in Record record) => _index == ByKey ? default : record.Key;

    private Position Seek(in Probe probe, bool after)
    {
        var index = LastChunkNotAfter(probe);
        if (index < 0)
        {
            return default;
        }

        var slot = LowerBound(_chunks[index], probe, out var found);
        return Settle(new Position(index, found && after ? slot + 1 : slot));
    }

    private Position Settle(Position position) =>
        position.Slot < _chunks[position.Chunk].Count ? position : new Position(position.Chunk + 1, 0);

    private int LastChunkNotAfter(in Probe probe)
    {
        int low = 0, high = _chunks.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (Compare(_chunks[middle].Ids[0], probe) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }

    private int LowerBound(Chunk chunk, in Probe probe, out bool found)
    {
        int low = 0, high = chunk.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = Compare(chunk.Ids[middle], probe);
            if (order == 0)
            {
                found = true;
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        found = false;
        return low;
    }

    private int Compare(int id, in Probe probe)
    {
        var row = ProbeOf(id);
        if (probe.PastPrefix && row.Key.StartsWith(probe.Key))
        {
            return -1;
        }

        var order = row.Key.SequenceCompareTo(probe.Key);
        return order != 0 ? order : row.Tie.SequenceCompareTo(probe.Tie);
    }

    private int Compare(int a, int b) => Compare(a, ProbeOf(b));

    private Probe ProbeOf(int id)
    {
        var block = _heap.Block(_rows[id]);
        if (_index == OfTrace)
        {
            return new Probe(TraceRecord.KeyIn(block), default);
        }

        var record = new Record(block);
        return new Probe(KeyOf(record), TieOf(record));
    }

    public readonly record struct Position(int Chunk, int Slot);

    /// <summary>What rows are compared with. An empty tie lies before every row of that key.</summary>
    /// <param name="pastPrefix">It lies after every row whose key begins with this.</param>
    private readonly ref struct Probe(ReadOnlySpan<byte> key, ReadOnlySpan<byte> tie, bool pastPrefix = false)
    {
        public readonly bool PastPrefix = pastPrefix;
        public readonly ReadOnlySpan<byte> Key = key;
        public readonly ReadOnlySpan<byte> Tie = tie;
    }

    private sealed class Chunk
    {
        public readonly int[] Ids = new int[ChunkIds];

        public int Count;

        public Chunk SplitUpperHalf()
        {
            var upper = new Chunk { Count = Count / 2 };
            Count -= upper.Count;
            Array.Copy(Ids, Count, upper.Ids, 0, upper.Count);
            return upper;
        }
    }
}
