namespace Voxeltron.Cosmictron;

/// <summary>
/// Rows whose key, or index key, starts with a prefix, in that order, as each is fetched: the transaction's own writes
/// ahead of the cursor are seen, those behind it are not. Ends with its transaction. Peek and advance are apart because
/// a guest whose buffer is too small asks for the same row again.
/// </summary>
public sealed class ScanCursor : IRowCursor
{
    private readonly Transaction _transaction;
    private readonly Table _table;
    private readonly OrderedRows _order;
    private readonly byte[] _prefix;

    private OrderedRows.Position _position;
    private long _version = -1;

    // The record last passed, as it was then: no record of the transaction is freed before its end. 0 before the first.
    private long _passed;

    internal ScanCursor(Transaction transaction, Table table, OrderedRows order, byte[] prefix)
    {
        _transaction = transaction;
        _table = table;
        _order = order;
        _prefix = prefix;
    }

    /// <summary>The row under the cursor, or false at the end or after the transaction ended.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> row)
    {
        var found = TryId(out var id);
        row = found ? _table.RecordOf(id).Row : default;
        return found;
    }

    /// <summary>Passes the row under the cursor; nothing at the end.</summary>
    public void Advance()
    {
        if (TryId(out var id))
        {
            _passed = _table.LocationOf(id);
            _position = _order.Next(_position);
        }
    }

    public bool TryNext(out ReadOnlySpan<byte> row)
    {
        var found = TryPeek(out row);
        Advance();
        return found;
    }

    private bool TryId(out int id)
    {
        id = -1;
        if (!_transaction.IsActive)
        {
            return false;
        }

        if (_version != _order.Version)
        {
            _position = _passed == RecordHeap.NoRecord ? _order.Seek(_prefix) : _order.SeekAfter(_table.RecordAt(_passed));
            _version = _order.Version;
        }

        return _order.TryIdAt(_position, out id) && _order.KeyOf(_table.RecordOf(id)).StartsWith(_prefix);
    }
}
