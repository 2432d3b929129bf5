namespace Voxeltron.Cosmictron;

/// <summary>
/// The keys of one table in byte order: sorted chunks of at most <see cref="ChunkKeys"/>, found by binary search over
/// their first keys. An insert moves at most one chunk's references and, rarely, the list of chunks. Chunks are never
/// empty. Built by a table's first scan and kept from then on, so a table that is never scanned pays nothing.
/// </summary>
internal sealed class SortedKeys
{
    private const int ChunkKeys = 256;

    private readonly List<Chunk> _chunks = [];

    public SortedKeys(byte[][] keys)
    {
        Array.Sort(keys, static (a, b) => a.AsSpan().SequenceCompareTo(b));

        // Half full, so that inserts right after the build do not split every chunk.
        const int fill = ChunkKeys / 2;
        for (var start = 0; start < keys.Length; start += fill)
        {
            var chunk = new Chunk { Count = Math.Min(fill, keys.Length - start) };
            Array.Copy(keys, start, chunk.Keys, 0, chunk.Count);
            _chunks.Add(chunk);
        }
    }

    /// <summary>Changes with every insert and removal; a position is only good for the version it was found in.</summary>
    public long Version { get; private set; }

    public void Insert(byte[] key)
    {
        Version++;
        if (_chunks.Count == 0)
        {
            _chunks.Add(new Chunk());
        }

        var index = Math.Max(0, LastChunkNotAfter(key));
        var chunk = _chunks[index];
        if (chunk.Count == ChunkKeys)
        {
            var upper = chunk.SplitUpperHalf();
            _chunks.Insert(index + 1, upper);
            if (key.AsSpan().SequenceCompareTo(upper.Keys[0]) >= 0)
            {
                chunk = upper;
            }
        }

        chunk.Insert(key);
    }

    public void Remove(ReadOnlySpan<byte> key)
    {
        var index = LastChunkNotAfter(key);
        if (index < 0 || !_chunks[index].Remove(key))
        {
            throw new Kernel.InvariantException("A key of the table was missing from its order.");
        }

        Version++;
        if (_chunks[index].Count == 0)
        {
            _chunks.RemoveAt(index);
        }
    }

    /// <summary>The first position whose key is at or, with <paramref name="after"/>, above <paramref name="key"/>; may be the end.</summary>
    public Position Seek(ReadOnlySpan<byte> key, bool after)
    {
        var index = LastChunkNotAfter(key);
        if (index < 0)
        {
            return default;
        }

        var slot = _chunks[index].LowerBound(key, out var found);
        return Settle(new Position(index, found && after ? slot + 1 : slot));
    }

    public Position Next(Position position) => Settle(new Position(position.Chunk, position.Slot + 1));

    /// <summary>Null at the end.</summary>
    public byte[]? KeyAt(Position position) => position.Chunk < _chunks.Count ? _chunks[position.Chunk].Keys[position.Slot] : null;

    private Position Settle(Position position) =>
        position.Slot < _chunks[position.Chunk].Count ? position : new Position(position.Chunk + 1, 0);

    private int LastChunkNotAfter(ReadOnlySpan<byte> key)
    {
        int low = 0, high = _chunks.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_chunks[middle].Keys[0].AsSpan().SequenceCompareTo(key) <= 0)
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

    public readonly record struct Position(int Chunk, int Slot);

    private sealed class Chunk
    {
        public readonly byte[][] Keys = new byte[ChunkKeys][];

        public int Count;

        public int LowerBound(ReadOnlySpan<byte> key, out bool found)
        {
            int low = 0, high = Count - 1;
            while (low <= high)
            {
                var middle = (low + high) >>> 1;
                var order = Keys[middle].AsSpan().SequenceCompareTo(key);
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

        public void Insert(byte[] key)
        {
            var slot = LowerBound(key, out _);
            Array.Copy(Keys, slot, Keys, slot + 1, Count - slot);
            Keys[slot] = key;
            Count++;
        }

        public bool Remove(ReadOnlySpan<byte> key)
        {
            var slot = LowerBound(key, out var found);
            if (found)
            {
                Count--;
                Array.Copy(Keys, slot + 1, Keys, slot, Count - slot);
                Keys[Count] = null!;
            }

            return found;
        }

        public Chunk SplitUpperHalf()
        {
            var upper = new Chunk { Count = Count / 2 };
            var start = Count - upper.Count;
            Array.Copy(Keys, start, upper.Keys, 0, upper.Count);
            Array.Clear(Keys, start, upper.Count);
            Count = start;
            return upper;
        }
    }
}
