namespace Voxeltron.Cosmictron;

/// <summary>The last committed transaction's changes, in canonical order. One per store, reused.</summary>
internal sealed class NetChanges
{
    // As the undo log: a huge transaction's array is not kept.
    private const int KeptCapacity = 4096;

    private RowChange[] _changes = new RowChange[16];

    private readonly List<RowMove> _moves = [];

    public int Count { get; private set; }

    /// <summary>Rows that ended as they began, but under another id: removed and written again.</summary>
    public IReadOnlyList<RowMove> Moves => _moves;

    public ReadOnlySpan<RowChange> Changes => _changes.AsSpan(0, Count);

    /// <summary>Sorts the images and keeps, per row, the first before-image against the row as it stands.</summary>
    public void Take(UndoLog log)
    {
        Count = 0;
        _moves.Clear();
        var images = log.Images;
        if (_changes.Length < images.Length || _changes.Length > KeptCapacity)
        {
            _changes = new RowChange[Math.Max(16, images.Length)];
        }

        if (images.Length > 1)
        {
            images.Sort();
        }

        for (var i = 0; i < images.Length; i++)
        {
            ref readonly var image = ref images[i];
            if (i > 0 && image.SameRow(images[i - 1]))
            {
                continue;
            }

            var after = image.Table.TryFind(image.Key, out var id) ? image.Table.LocationOf(id) : RecordHeap.NoRecord;
            if (!Same(image.Table, image.Before, after))
            {
                _changes[Count++] = new RowChange(image.Table, image.Id, image.Before, id, after);
            }
            else if (after != RecordHeap.NoRecord && id != image.Id)
            {
                _moves.Add(new RowMove(image.Table, image.Id, id));
            }
        }
    }

    public void Clear()
    {
        Count = 0;
        _moves.Clear();
    }

    private static bool Same(Table table, long before, long after) =>
        before == RecordHeap.NoRecord || after == RecordHeap.NoRecord
            ? before == after
            : table.RecordAt(before).Row.SequenceEqual(table.RecordAt(after).Row);
}
