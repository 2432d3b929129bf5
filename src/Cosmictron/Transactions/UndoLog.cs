namespace Voxeltron.Cosmictron;

/// <summary>
/// What a transaction replaced, in order. Undone backwards on abort; on commit the first image of each key against the
/// row as it stands is the write set. One per store, reused: there is one writer.
/// </summary>
internal sealed class UndoLog
{
    // Kept between transactions up to this length, so that one huge load does not pin its memory for ever.
    private const int KeptCapacity = 4096;

    private Image[] _images = new Image[16];

    public int Count { get; private set; }

    public Span<Image> Images => _images.AsSpan(0, Count);

    public void Push(Table table, byte[] key, byte[]? before)
    {
        if (Count == _images.Length)
        {
            Array.Resize(ref _images, Count * 2);
        }

        _images[Count] = new Image(table, key, before, Count);
        Count++;
    }

    public void Clear()
    {
        if (_images.Length > KeptCapacity)
        {
            _images = new Image[16];
        }
        else
        {
            Array.Clear(_images, 0, Count);
        }

        Count = 0;
    }

    /// <summary>A row before one write; <c>Before</c> is null when the key was absent. Of one key's images the lowest <c>Order</c> is the state before the transaction.</summary>
    public readonly record struct Image(Table Table, byte[] Key, byte[]? Before, int Order) : IComparable<Image>
    {
        public int CompareTo(Image other)
        {
            if (Table.Index != other.Table.Index)
            {
                return Table.Index.CompareTo(other.Table.Index);
            }

            var order = Key.AsSpan().SequenceCompareTo(other.Key);
            return order != 0 ? order : Order.CompareTo(other.Order);
        }

        public bool SameRow(in Image other) => Table == other.Table && Key.AsSpan().SequenceEqual(other.Key);
    }
}
