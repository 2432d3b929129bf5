namespace Voxeltron.Cosmictron;

/// <summary>
/// Where records lie: slabs of equal blocks, one kind of slab per <see cref="SizeClass"/>. A reference is slab number and
/// offset in one 64-bit word; 0 is none. A record stays where it is until <see cref="Compact"/>, which only runs between
/// transactions, so spans and references hold for a whole transaction.
/// </summary>
/// <remarks>
/// Fragmentation. After each <see cref="Compact"/> no class has more free blocks than live ones plus one slab, so
/// <see cref="ReservedBytes"/> is at most twice the live blocks plus a slab per class in use. The work is paid for: a
/// slab is emptied only while more is free than live, the emptiest first, so no more blocks move than were freed.
/// </remarks>
internal sealed class RecordHeap
{
    public const long NoRecord = 0;

    /// <summary>Slabs grow to this, above the runtime's limit for large objects: the garbage collector neither walks nor moves them.</summary>
    private const int FullSlabBytes = 128 * 1024;

    // A mission of three rows does not pay for a full slab.
    private const int FirstSlabBytes = 1024;

    /// <summary>Blocks of the largest records share a slab by so many.</summary>
    private const int FewestBlocks = 4;

    private readonly Class?[] _classes = new Class?[SizeClass.Count];

    // By number. Slot 0 stays empty so that no reference is 0; numbers of released slabs are used again.
    private Slab?[] _slabs = new Slab?[8];
    private readonly Stack<int> _freeNumbers = new();
    private int _slabCount = 1;

    // Some class may have to be compacted; keeps the common case to one look.
    private bool _wasteful;

    /// <summary>Bytes of all slabs, used or not: what the mission's rows take of this process.</summary>
    public long ReservedBytes { get; private set; }

    public Span<byte> Allocate(int bytes, out long record)
    {
        var sizeClass = SizeClass.Of(bytes);
        var blocks = _classes[sizeClass] ??= new Class();
        var slab = blocks.Current is { HasRoom: true } current ? current : NextSlab(blocks, sizeClass);
        var offset = slab.Take();
        blocks.Live++;
        record = ((long)slab.Number << 32) | (uint)offset;
        return slab.Bytes.AsSpan(offset, slab.BlockBytes);
    }

    public void Free(long record)
    {
        var slab = _slabs[record >> 32]!;
        slab.Give((int)record);
        var blocks = _classes[slab.SizeClass]!;
        blocks.Live--;
        List(blocks, slab);
        _wasteful |= blocks.IsWasteful;
    }

    /// <summary>The block of a record, its unused end included.</summary>
    public Span<byte> Block(long record)
    {
        var slab = _slabs[record >> 32]!;
        return slab.Bytes.AsSpan((int)record, slab.BlockBytes);
    }

    /// <summary>Empties slabs where more is free than live. Moves records: only between transactions.</summary>
    public void Compact(RowDirectory rows)
    {
        if (!_wasteful)
        {
            return;
        }

        _wasteful = false;
        foreach (var blocks in _classes)
        {
            while (blocks is { IsWasteful: true })
            {
                Empty(blocks, rows);
            }
        }
    }

    private Slab NextSlab(Class blocks, int sizeClass)
    {
        while (blocks.WithRoom.TryPop(out var listed))
        {
            listed.Listed = false;
            if (listed.HasRoom && _slabs[listed.Number] == listed)
            {
                return blocks.Current = listed;
            }
        }

        // Doubles what the class holds, up to a full slab.
        var blockBytes = SizeClass.BlockBytes(sizeClass);
        var most = Math.Max(FewestBlocks, FullSlabBytes / blockBytes);
        var slab = new Slab(TakeNumber(), sizeClass, blockBytes, Math.Clamp(blocks.Live, Math.Max(1, FirstSlabBytes / blockBytes), most));
        _slabs[slab.Number] = slab;
        blocks.Slabs.Add(slab);
        blocks.Capacity += slab.Capacity;
        blocks.LargestSlab = Math.Max(blocks.LargestSlab, slab.Capacity);
        ReservedBytes += slab.Bytes.Length;
        return blocks.Current = slab;
    }

    private void Empty(Class blocks, RowDirectory rows)
    {
        var slab = blocks.Emptiest();
        slab.Closed = true;
        for (var offset = slab.NextLive(0); offset >= 0; offset = slab.NextLive(offset + slab.BlockBytes))
        {
            var source = slab.Bytes.AsSpan(offset, slab.BlockBytes);
            source.CopyTo(Allocate(slab.BlockBytes, out var record));
            rows[Record.RowIdOf(source)] = record;
            blocks.Live--;
        }

        blocks.Slabs.Remove(slab);
        blocks.Capacity -= slab.Capacity;
        ReservedBytes -= slab.Bytes.Length;
        _slabs[slab.Number] = null;
        _freeNumbers.Push(slab.Number);
        if (blocks.Current == slab)
        {
            blocks.Current = null;
        }
    }

    private static void List(Class blocks, Slab slab)
    {
        if (!slab.Listed && slab != blocks.Current)
        {
            slab.Listed = true;
            blocks.WithRoom.Push(slab);
        }
    }

    private int TakeNumber()
    {
        if (_freeNumbers.TryPop(out var number))
        {
            return number;
        }

        if (_slabCount == _slabs.Length)
        {
            Array.Resize(ref _slabs, _slabCount * 2);
        }

        return _slabCount++;
    }

    private sealed class Class
    {
        public readonly List<Slab> Slabs = [];

        /// <summary>Slabs a block was freed in; may name some that have no room any more or are gone.</summary>
        public readonly Stack<Slab> WithRoom = new();

        public Slab? Current;
        public int Live;
        public int Capacity;
        public int LargestSlab;

        public bool IsWasteful => Capacity - Live > Live + LargestSlab;

        public Slab Emptiest()
        {
            var emptiest = Slabs[0];
            foreach (var slab in Slabs)
            {
                if ((long)slab.Live * emptiest.Capacity < (long)emptiest.Live * slab.Capacity)
                {
                    emptiest = slab;
                }
            }

            return emptiest;
        }
    }
}
