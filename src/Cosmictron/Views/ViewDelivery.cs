namespace Voxeltron.Cosmictron;

/// <summary>
/// What one delivery tells a cell: the change of a view's rows over the seqs after <see cref="From"/> up to <see cref="To"/>,
/// summed. Rows come in order, each once, its weight as the last field. One after the other: used again.
/// </summary>
public sealed class ViewDelivery : IRowCursor
{
    private readonly Batch _rows = new();
    private readonly TupleBytes _tuple = new();
    private ViewRowCodec? _codec;
    private int _at;
    private bool _isRead;
    private bool _isOpen;

    public ViewCursor Cursor { get; private set; } = null!;

    public long From => Cursor.To;

    public long To { get; private set; }

    public bool IsReset => Cursor.IsReset;

    /// <summary>Sums what there is to tell, once: a cell that only wants to know that something changed pays nothing for the rows.</summary>
    /// <returns>Rows that were summed now; 0 when that was done.</returns>
    public int Open()
    {
        if (_isOpen)
        {
            return 0;
        }

        _isOpen = true;
        if (IsReset)
        {
            // Whoever is told reads the view as it is now.
            return 0;
        }

        for (var segment = Cursor.First; segment is not null; segment = segment.Next)
        {
            segment.Rows.AddTo(_rows);
        }

        var summed = _rows.Count;
        _rows.Consolidate();
        return summed;
    }

    public bool TryPeek(out ReadOnlySpan<byte> row)
    {
        Open();
        row = default;
        if (_at >= _rows.Count)
        {
            return false;
        }

        if (!_isRead)
        {
            _codec!.WriteTuple(_rows.Row(_at), _rows.Weight(_at), _tuple);
            _isRead = true;
        }

        row = _tuple.Written;
        return true;
    }

    public void Advance()
    {
        if (_at < _rows.Count)
        {
            _at++;
            _isRead = false;
        }
    }

    internal void Fill(ViewCursor cursor, long to, ViewRowCodec codec)
    {
        (Cursor, To, _codec, _at, _isRead, _isOpen) = (cursor, to, codec, 0, false, false);
        _rows.Clear();
    }
}
