namespace Voxeltron.Cosmictron;

/// <summary>
/// What a transaction replaced, in order. Undone backwards on abort; on commit the first image of each key against the
/// row as it stands is the write set. It outlives the commit, because it knows which records may be freed once the write
/// set was read. One per store, reused: there is one writer.
/// </summary>
internal sealed class UndoLog
{
    // Kept between transactions up to this length, so that one huge load does not pin its memory for ever.
    private const int KeptCapacity = 4096;

    private Image[] _images = new Image[16];

    public int Count { get; private set; }

    public Span<Image> Images => _images.AsSpan(0, Count);

    public void Push(Table table, int id, long before, long after)
    {
        if (Count == _images.Length)
        {
            Array.Resize(ref _images, Count * 2);
        }

        _images[Count] = new Image(table, id, before, after, Count);
        Count++;
    }

    /// <summary>Back into the order of the writes: undoing goes backwards through it.</summary>
    public void Unsort() => Images.Sort(static (a, b) => a.Order.CompareTo(b.Order));

    public void Clear()
    {
        if (_images.Length > KeptCapacity)
        {
            _images = new Image[16];
        }

        Count = 0;
    }

    /// <summary>
    /// One write: <c>Before</c> 0 inserted the row, <c>After</c> 0 removed it. Of one key's images the lowest
    /// <c>Order</c> has the state before the transaction.
    /// </summary>
    public readonly record struct Image(Table Table, int Id, long Before, long After, int Order) : IComparable<Image>
    {
        public ReadOnlySpan<byte> Key => Table.RecordAt(After != RecordHeap.NoRecord ? After : Before).Key;

        public int CompareTo(Image other)
        {
            if (Table.Number != other.Table.Number)
            {
                return Table.Number.CompareTo(other.Table.Number);
            }

            var order = Key.SequenceCompareTo(other.Key);
            return order != 0 ? order : Order.CompareTo(other.Order);
        }

        public bool SameRow(in Image other) => Table == other.Table && Key.SequenceEqual(other.Key);
    }
}
