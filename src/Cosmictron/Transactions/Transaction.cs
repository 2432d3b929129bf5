using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One action's reads and writes. Writes go into the store at once and are undone on abort; since a mission has one
/// writer nobody else can see them before commit. Every operation answers with a status a guest may see; none throws
/// for guest input. Spans handed out are stored arrays and never change.
/// </summary>
public sealed class Transaction
{
    private readonly MissionStore _store;
    private int _writes;
    private long _jsonBytes;

    internal Transaction(MissionStore store) => _store = store;

    public bool IsActive => _store.Active == this;

    // Hot path: per state operation; budget 1 µs; no allocation.
    public StateStatus Get(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out ReadOnlySpan<byte> row)
    {
        row = default;
        var status = Prepare(tableUtf8, keyTuple, out var table, out var key);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        if (!table.TryGet(key, out var stored))
        {
            return StateStatus.NotFound;
        }

        row = stored;
        return StateStatus.Ok;
    }

    // Hot path: per state operation; budget 1 µs; allocates the row, and the key when it is new.
    public StateStatus Put(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> rowTuple)
    {
        if (!IsActive)
        {
            return StateStatus.NotActive;
        }

        if (!_store.TryTable(tableUtf8, out var table))
        {
            return StateStatus.NoTable;
        }

        var limits = _store.Limits;
        if (rowTuple.Length > limits.RowBytes)
        {
            return StateStatus.TooLarge;
        }

        var status = table.Layout.TryEncodeRowKey(rowTuple, _store.KeyScratch, out var keyLength, out var jsonBytes);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        var key = _store.KeyScratch.AsSpan(0, keyLength);
        var exists = table.TryGet(key, out var current);
        var growth = exists ? rowTuple.Length - current.Length : rowTuple.Length + keyLength;
        var json = _jsonBytes + jsonBytes + table.Layout.Json.OverheadBytes;
        if (_writes >= limits.WritesPerTransaction || json > limits.WriteSetJsonBytes || !_store.HasRoom(exists ? 0 : 1, growth))
        {
            return StateStatus.Limit;
        }

        var before = table.Set(key, table.Layout.Keep(rowTuple), out var storedKey);
        Record(table, storedKey, before, json);
        _store.Account(exists ? 0 : 1, growth);
        return StateStatus.Ok;
    }

    public StateStatus Delete(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple)
    {
        var status = Prepare(tableUtf8, keyTuple, out var table, out var key);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        if (!table.TryGet(key, out var current))
        {
            return StateStatus.NotFound;
        }

        // The recorded key is part of the row, so the row's JSON bounds it. Encoding writes the same key into the scratch again.
        table.Layout.TryEncodeRowKey(current, _store.KeyScratch, out _, out var jsonBytes);
        var json = _jsonBytes + jsonBytes + table.Layout.Json.OverheadBytes;
        if (_writes >= _store.Limits.WritesPerTransaction || json > _store.Limits.WriteSetJsonBytes)
        {
            return StateStatus.Limit;
        }

        table.Remove(key, out var storedKey);
        Record(table, storedKey, current, json);
        _store.Account(-1, -(current.Length + storedKey.Length));
        return StateStatus.Ok;
    }

    /// <summary>Rows whose first key fields equal the prefix (no field: all rows), in key order.</summary>
    public StateStatus Scan(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> prefixTuple, out ScanCursor? cursor)
    {
        cursor = null;
        var status = Prepare(tableUtf8, prefixTuple, out var table, out var prefix, allowPrefix: true);
        if (status == StateStatus.Ok)
        {
            cursor = new ScanCursor(this, table, prefix.ToArray());
        }

        return status;
    }

    /// <summary>Ends the transaction and gives its net writes. Its cursors end with it.</summary>
    public WriteSet Commit()
    {
        RequireActive();
        var writes = WriteSet.From(_store.Undo);
        _store.End();
        return writes;
    }

    /// <summary>Undoes every write, in reverse. No trace is left.</summary>
    public void Abort()
    {
        RequireActive();
        var images = _store.Undo.Images;
        for (var i = images.Length - 1; i >= 0; i--)
        {
            _store.Restore(images[i]);
        }

        _store.End();
    }

    private StateStatus Prepare(
        ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out Table table, out ReadOnlySpan<byte> key, bool allowPrefix = false)
    {
        key = default;
        if (!IsActive)
        {
            table = null!;
            return StateStatus.NotActive;
        }

        if (!_store.TryTable(tableUtf8, out table))
        {
            return StateStatus.NoTable;
        }

        var status = table.Layout.TryEncodeKey(keyTuple, allowPrefix, _store.KeyScratch, out var length);
        key = _store.KeyScratch.AsSpan(0, length);
        return status;
    }

    private void Record(Table table, byte[] key, byte[]? before, long jsonBytes)
    {
        _store.Undo.Push(table, key, before);
        _writes++;
        _jsonBytes = jsonBytes;
    }

    private void RequireActive()
    {
        if (!IsActive)
        {
            throw new InvariantException("A transaction was ended twice.");
        }
    }
}
