namespace Voxeltron.Cosmictron;

/// <summary>
/// A view's rows between two prefixes, both included, in order, as of the last commit: what the transaction itself has written
/// is not among them. Ends with its transaction.
/// </summary>
internal sealed class ViewScan(Transaction transaction, ViewOutput view, ViewRowCodec codec, byte[] low, byte[] high) : IRowCursor
{
    private readonly TupleBytes _tuple = new();

    // The row under the cursor, and where it goes on.
    private OrderedRows.Position _position = view.Rows.Seek(low);
    private OrderedRows.Position _next;
    private bool _isRead;
    private bool _isAtEnd;

    public bool TryPeek(out ReadOnlySpan<byte> row)
    {
        if (!_isRead && !_isAtEnd)
        {
            _isAtEnd = !TryRead();
            _isRead = !_isAtEnd;
        }

        row = _isRead && transaction.IsActive ? _tuple.Written : default;
        return !row.IsEmpty;
    }

    public void Advance()
    {
        if (_isRead)
        {
            _isRead = false;
            _position = _next;
        }
    }

    private bool TryRead()
    {
        _next = _position;
        if (!transaction.IsActive || !view.Rows.TryRead(ref _next, [], out var row, out var weight))
        {
            return false;
        }

        // Rows that begin with the upper prefix are the last ones.
        if (!high.AsSpan().IsEmpty && row[..Math.Min(row.Length, high.Length)].SequenceCompareTo(high) > 0)
        {
            return false;
        }

        codec.WriteTuple(row, weight, _tuple);
        return true;
    }
}
