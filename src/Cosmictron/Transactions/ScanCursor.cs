namespace Voxeltron.Cosmictron;

/// <summary>
/// Rows whose key starts with a prefix, in key order, as each is fetched: the transaction's own writes ahead of the
/// cursor are seen, those behind it are not. Ends with its transaction. Peek and advance are apart because a guest
/// whose buffer is too small asks for the same row again.
/// </summary>
public sealed class ScanCursor
{
    private readonly Transaction _transaction;
    private readonly Table _table;
    private readonly byte[] _prefix;

    private SortedKeys.Position _position;
    private long _version = -1;

    // The key last passed; null before the first row.
    private byte[]? _passed;

    internal ScanCursor(Transaction transaction, Table table, byte[] prefix)
    {
        _transaction = transaction;
        _table = table;
        _prefix = prefix;
    }

    /// <summary>The row under the cursor, or false at the end or after the transaction ended. The bytes never change.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> row)
    {
        row = default;
        if (!TryKey(out var key))
        {
            return false;
        }

        _table.TryGet(key, out var stored);
        row = stored;
        return true;
    }

    /// <summary>Passes the row under the cursor; nothing at the end.</summary>
    public void Advance()
    {
        if (TryKey(out var key))
        {
            _passed = key;
            _position = _table.Order.Next(_position);
        }
    }

    public bool TryNext(out ReadOnlySpan<byte> row)
    {
        var found = TryPeek(out row);
        Advance();
        return found;
    }

    private bool TryKey(out byte[] key)
    {
        key = [];
        if (!_transaction.IsActive)
        {
            return false;
        }

        var order = _table.Order;
        if (_version != order.Version)
        {
            _position = _passed is null ? order.Seek(_prefix, after: false) : order.Seek(_passed, after: true);
            _version = order.Version;
        }

        var found = order.KeyAt(_position);
        if (found is null || !found.AsSpan().StartsWith(_prefix))
        {
            return false;
        }

        key = found;
        return true;
    }
}
