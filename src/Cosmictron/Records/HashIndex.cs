using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Key to row id by extendible hashing: a directory of segments chosen by the hash's upper bits, inside a segment open
/// addressing by its lower ones. A full segment splits in two, so growth moves some hundred slots at a time (about
/// 10 µs) whatever the table's size. A slot is hash and id + 1 in one word; 0 is empty.
/// </summary>
internal sealed class HashIndex
{
    private const int FirstSlots = 8;
    private const int FullSlots = 1024;

    /// <summary>Keys whose hashes agree in so many bits share a segment, which then doubles instead of splitting for ever.</summary>
    private const int MostDepth = 20;

    private const ulong Multiplier = 0x9E37_79B9_7F4A_7C15;

    private static readonly ulong s_seed = ((ulong)(uint)HashCode.Combine(1) << 32) | (uint)HashCode.Combine(2);

    private Segment[] _directory = [new Segment(FirstSlots, 0)];
    private int _depth;

    public int Count { get; private set; }

    /// <summary>Seeded per process, as the runtime's own; no order depends on it.</summary>
    public static uint HashOf(ReadOnlySpan<byte> key)
    {
        var hash = s_seed ^ ((ulong)key.Length * Multiplier);
        while (key.Length > sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key));
            key = key[sizeof(ulong)..];
        }

        var tail = 0UL;
        for (var i = 0; i < key.Length; i++)
        {
            tail |= (ulong)key[i] << (i * 8);
        }

        hash = Mix(Mix(hash ^ tail));
        return (uint)(hash ^ (hash >> 32));
    }

    // Both halves of the product, folded: every bit of the input reaches every bit of the result.
    private static ulong Mix(ulong value)
    {
        var high = Math.BigMul(value, Multiplier, out var low);
        return high ^ low ^ s_seed;
    }

    // Hot path: per state operation.
    public bool TryFind<TRecord>(ReadOnlySpan<byte> key, uint hash, RecordHeap heap, RowDirectory rows, out int id)
        where TRecord : IKeyed, allows ref struct
    {
        var slots = _directory[Entry(hash)].Slots;
        var mask = slots.Length - 1;
        for (var at = (int)hash & mask; slots[at] is var slot and not 0; at = (at + 1) & mask)
        {
            if ((uint)(slot >> 32) == hash)
            {
                id = (int)(uint)slot - 1;
                if (TRecord.KeyIn(heap.Block(rows[id])).SequenceEqual(key))
                {
                    return true;
                }
            }
        }

        id = -1;
        return false;
    }

    public void Add(uint hash, int id)
    {
        var segment = _directory[Entry(hash)];
        while ((segment.Count + 1) * 4 > segment.Slots.Length * 3)
        {
            Grow(segment, hash);
            segment = _directory[Entry(hash)];
        }

        segment.Add(((ulong)hash << 32) | (uint)(id + 1));
        Count++;
    }

    public void Remove(uint hash, int id)
    {
        if (!_directory[Entry(hash)].Remove(((ulong)hash << 32) | (uint)(id + 1)))
        {
            throw new Kernel.InvariantException("A row of the table was missing from its hash index.");
        }

        if (--Count == 0 && _depth > 0)
        {
            _directory = [new Segment(FirstSlots, 0)];
            _depth = 0;
        }
    }

    /// <summary>Every id, in no order.</summary>
    public int[] Ids()
    {
        var ids = new int[Count];
        var count = 0;
        Segment? last = null;
        foreach (var segment in _directory)
        {
            // The entries of one segment lie side by side.
            if (segment == last)
            {
                continue;
            }

            last = segment;
            foreach (var slot in segment.Slots)
            {
                if (slot != 0)
                {
                    ids[count++] = (int)(uint)slot - 1;
                }
            }
        }

        return ids;
    }

    private int Entry(uint hash) => (int)((ulong)hash >> (32 - _depth));

    private void Grow(Segment segment, uint hash)
    {
        if (segment.Slots.Length < FullSlots || segment.Depth == MostDepth)
        {
            segment.Double();
            return;
        }

        if (segment.Depth == _depth)
        {
            var doubled = new Segment[_directory.Length * 2];
            for (var i = 0; i < doubled.Length; i++)
            {
                doubled[i] = _directory[i >> 1];
            }

            _directory = doubled;
            _depth++;
        }

        var (low, high) = segment.Split();
        var span = 1 << (_depth - segment.Depth);
        var first = Entry(hash) & ~(span - 1);
        _directory.AsSpan(first, span / 2).Fill(low);
        _directory.AsSpan(first + span / 2, span / 2).Fill(high);
    }

    private sealed class Segment(int slots, int depth)
    {
        public ulong[] Slots = new ulong[slots];
        public int Count;

        /// <summary>Upper hash bits all its keys share.</summary>
        public readonly int Depth = depth;

        public void Add(ulong slot)
        {
            Count++;
            Place(Slots, slot);
        }

        /// <summary>Closes the gap by moving back what probed past it, so no tombstone is left.</summary>
        public bool Remove(ulong slot)
        {
            var mask = Slots.Length - 1;
            var at = Home(slot, mask);
            while (Slots[at] != slot)
            {
                if (Slots[at] == 0)
                {
                    return false;
                }

                at = (at + 1) & mask;
            }

            var gap = at;
            for (at = (at + 1) & mask; Slots[at] != 0; at = (at + 1) & mask)
            {
                // May move to the gap only if its home is not between the two, going round.
                if (((at - Home(Slots[at], mask)) & mask) >= ((at - gap) & mask))
                {
                    Slots[gap] = Slots[at];
                    gap = at;
                }
            }

            Slots[gap] = 0;
            Count--;
            return true;
        }

        public void Double()
        {
            var doubled = new ulong[Slots.Length * 2];
            foreach (var slot in Slots)
            {
                if (slot != 0)
                {
                    Place(doubled, slot);
                }
            }

            Slots = doubled;
        }

        public (Segment Low, Segment High) Split()
        {
            var low = new Segment(Slots.Length, Depth + 1);
            var high = new Segment(Slots.Length, Depth + 1);
            foreach (var slot in Slots)
            {
                if (slot != 0)
                {
                    (((slot >> (63 - Depth)) & 1) == 0 ? low : high).Add(slot);
                }
            }

            return (low, high);
        }

        private static void Place(ulong[] slots, ulong slot)
        {
            var mask = slots.Length - 1;
            var at = Home(slot, mask);
            while (slots[at] != 0)
            {
                at = (at + 1) & mask;
            }

            slots[at] = slot;
        }

        private static int Home(ulong slot, int mask) => (int)(slot >> 32) & mask;
    }
}
