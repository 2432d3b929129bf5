namespace Voxeltron.Cosmictron;

/// <summary>
/// Changes of a multiset: rows with weights, one behind the other in one array, no object per row. Used again step after
/// step.
/// </summary>
internal sealed class Batch
{
    // As in RowBuffer: a huge step's array is not kept.
    private const int KeptEntries = 2 * 1024;

    /// <summary>Shorter runs are sorted by insertion: most steps have a handful of rows.</summary>
    private const int FewEntries = 24;

    private const int EntryBytes = 24;

    private readonly Comparison<Entry> _byRow;
    private Entry[] _entries = new Entry[8];

    public Batch() => _byRow = Compare;

    public int Count { get; private set; }

    /// <summary>Bytes of all rows, dropped ones included.</summary>
    public long Bytes => Building.Length + ((long)Count * EntryBytes);

    /// <summary>Sorted, no row twice, no weight zero.</summary>
    public bool IsConsolidated { get; private set; } = true;

    /// <summary>Where the next row is written; <see cref="End"/> makes it one.</summary>
    public RowBuffer Building { get; } = new();

    // Where the row that is being written begins.
    private int _start;

    /// <summary>Good until a row is added.</summary>
    public ReadOnlySpan<byte> Row(int index) => Building.Slice(_entries[index].Offset, _entries[index].Length);

    public long Weight(int index) => _entries[index].Weight;

    /// <summary>What <see cref="End"/> was told about the row.</summary>
    public int Mark(int index) => _entries[index].Mark;

    public void SetMark(int index, int mark) => _entries[index].Mark = mark;

    /// <summary>Bytes written of the row that is being built.</summary>
    public int BuiltBytes => Building.Length - _start;

    public void Add(ReadOnlySpan<byte> row, long weight)
    {
        Building.Append(row);
        End(weight);
    }

    public void End(long weight, int mark = 0)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = new Entry { Offset = _start, Length = BuiltBytes, Weight = weight, Mark = mark };
        _start = Building.Length;
        IsConsolidated = false;
    }

    /// <summary>Forgets the row that is being built.</summary>
    public void Drop() => Building.Cut(_start);

    /// <summary>Forgets rows from this one on.</summary>
    public void Truncate(int count)
    {
        if (count < Count)
        {
            _start = _entries[count].Offset;
            Count = count;
        }

        Drop();
    }

    public void Clear()
    {
        Building.Clear();
        _start = 0;
        Count = 0;
        IsConsolidated = true;
        if (_entries.Length > KeptEntries)
        {
            _entries = new Entry[8];
        }
    }

    /// <summary>Sums equal rows and drops those without weight; what is left is in the order of the rows.</summary>
    public void Consolidate()
    {
        if (IsConsolidated)
        {
            return;
        }

        Sort();
        var kept = 0;
        for (var i = 0; i < Count;)
        {
            var sum = _entries[i];
            for (i++; i < Count && Slice(_entries[i]).SequenceEqual(Slice(sum)); i++)
            {
                sum.Weight += _entries[i].Weight;
            }

            if (sum.Weight != 0)
            {
                _entries[kept++] = sum;
            }
        }

        Count = kept;
        IsConsolidated = true;
    }

    /// <summary>Brings equal rows side by side, those added first before the others.</summary>
    public void Sort()
    {
        if (Count > FewEntries)
        {
            _entries.AsSpan(0, Count).Sort(_byRow);
            return;
        }

        for (var i = 1; i < Count; i++)
        {
            var entry = _entries[i];
            var at = i;
            while (at > 0 && Compare(_entries[at - 1], entry) > 0)
            {
                _entries[at] = _entries[at - 1];
                at--;
            }

            _entries[at] = entry;
        }
    }

    private ReadOnlySpan<byte> Slice(in Entry entry) => Building.Slice(entry.Offset, entry.Length);

    private int Compare(Entry a, Entry b)
    {
        var order = Slice(a).SequenceCompareTo(Slice(b));
        return order != 0 ? order : a.Offset.CompareTo(b.Offset);
    }

    private struct Entry
    {
        public int Offset;
        public int Length;
        public int Mark;
        public long Weight;
    }
}
