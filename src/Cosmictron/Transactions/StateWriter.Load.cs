namespace Voxeltron.Cosmictron;

internal sealed partial class StateWriter
{
    /// <summary>Adds the next row of a dump: checked as a put is, and demanded in the very bytes a put would have stored.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Load(Table table, ReadOnlySpan<byte> shardName, Span<byte> row)
    {
        var layout = table.Layout;
        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        if (!layout.TryRead(row, starts, out _))
        {
            return "the tuple does not fit the table's columns";
        }

        if (!IsCanonical(layout, row))
        {
            return "the tuple is not in the form the store keeps";
        }

        if (table.IsSharded)
        {
            shardName.CopyTo(_shardKey);
            _shardKey[shardName.Length] = 0;
            _shardKey[shardName.Length + 1] = 1;
            _shardBytes = shardName.Length + 2;
        }

        if (!TryEncodeKeys(table, row, starts, out var key, out var indexKeys))
        {
            return $"a key is over {_limits.KeyBytes} bytes";
        }

        if (table.Order.TryLast(out var last) && table.RecordOf(last).Key.SequenceCompareTo(key) >= 0)
        {
            return "its key is not above that of the row before";
        }

        var size = Record.SizeOf(indexKeys.Count, indexKeys.All.Length, key.Length, row.Length);
        if (!_store.HasRoom(1, size))
        {
            return "the rows are more than a mission may hold";
        }

        if (IsTaken(table, indexKeys, -1))
        {
            return "another row has its key in a unique index";
        }

        Record.Write(_heap.Allocate(size, out var record), table.Number, indexKeys, key, row);
        var id = table.Append(record, HashIndex.HashOf(key));
        _store.Account(1, size);
        _store.Entered(table, id);
        return null;
    }

    private static bool IsCanonical(TableLayout layout, Span<byte> row)
    {
        if (layout.HasJson && (!JsonFields.TryCanonicalise(row, layout.Rules, out var canonical) || !row.SequenceEqual(canonical)))
        {
            return false;
        }

        return layout.IsNormal(row);
    }
}
