namespace Voxeltron.Cosmictron;

internal sealed partial class StateWriter
{
    // Hot path: per state operation; budget 0.5 µs; no allocation beyond what the state grows by.
    public StateStatus Put(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> row, out StateWork work)
    {
        work = default;
        if (!TryTarget(tableUtf8, out var table, out var index) || index != OrderedRows.ByKey)
        {
            return StateStatus.NoTable;
        }

        if (row.Length > _limits.RowBytes)
        {
            return StateStatus.TooLarge;
        }

        var layout = table.Layout;
        work = new StateWork(row.Length);
        if (layout.HasJson)
        {
            var parsed = JsonFields.TryCanonicalise(row, layout.Rules, out var canonical);
            work = new StateWork(row.Length, row.Length, !parsed);
            if (!parsed)
            {
                return StateStatus.BadTuple;
            }

            row = canonical;
            if (row.Length > _limits.RowBytes)
            {
                return StateStatus.TooLarge;
            }
        }

        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        if (!layout.TryRead(row, starts, out var jsonBytes))
        {
            return StateStatus.BadTuple;
        }

        work = work with { Indexes = layout.Indexes.Length, ViewOperators = table.ViewOperators };
        if (!TryEncodeKeys(table, row, starts, out var key, out var indexKeys))
        {
            return StateStatus.TooLarge;
        }

        var hash = HashIndex.HashOf(key);
        var exists = table.TryFind(key, hash, out var id);
        var size = Record.SizeOf(indexKeys.Count, indexKeys.All.Length, key.Length, row.Length);
        var growth = exists ? size - table.RecordOf(id).Bytes : size;
        if (!TryCount(table, jsonBytes) || (!IsRecorded && !_store.HasRoom(exists ? 0 : 1, growth)))
        {
            return StateStatus.Limit;
        }

        if (!IsRecorded && IsTaken(table, indexKeys, id))
        {
            return StateStatus.Conflict;
        }

        layout.Normalise(Record.Write(_heap.Allocate(size, out var record), table.Number, indexKeys, key, row));
        var before = RecordHeap.NoRecord;
        if (exists)
        {
            before = table.LocationOf(id);
            table.Replace(id, record);
        }
        else
        {
            id = table.Add(record, hash);
        }

        Note(table, id, before, record, jsonBytes);
        _store.Account(exists ? 0 : 1, growth);
        return StateStatus.Ok;
    }

    public StateStatus Delete(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out StateWork work)
    {
        work = default;
        if (!TryTarget(tableUtf8, out var table, out var index) || index != OrderedRows.ByKey)
        {
            return StateStatus.NoTable;
        }

        var status = EncodeKey(table, index, keyTuple, allowPrefix: false, out var key, out _);
        if (status != StateStatus.Ok)
        {
            return status;
        }

        if (!table.TryFind(key, out var id))
        {
            return StateStatus.NotFound;
        }

        // The recorded key is part of the row, so the row's JSON bounds it.
        var record = table.RecordOf(id);
        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        table.Layout.TryRead(record.Row, starts, out var jsonBytes);
        work = new StateWork(record.Row.Length, Indexes: table.Layout.Indexes.Length, ViewOperators: table.ViewOperators);
        if (!TryCount(table, jsonBytes))
        {
            return StateStatus.Limit;
        }

        table.Remove(id);
        Note(table, id, table.LocationOf(id), RecordHeap.NoRecord, jsonBytes);
        _store.Account(-1, -record.Bytes);
        return StateStatus.Ok;
    }

    /// <summary>Puts every row back as it was; what was written is freed at once.</summary>
    public void Abort()
    {
        var images = Undo.Images;
        for (var i = images.Length - 1; i >= 0; i--)
        {
            ref readonly var image = ref images[i];
            var table = image.Table;
            var written = image.After == RecordHeap.NoRecord ? 0 : table.RecordAt(image.After).Bytes;
            var replaced = image.Before == RecordHeap.NoRecord ? 0 : table.RecordAt(image.Before).Bytes;
            if (image.After == RecordHeap.NoRecord)
            {
                table.Restore(image.Id, image.Before);
                _store.Account(1, replaced);
                continue;
            }

            if (image.Before == RecordHeap.NoRecord)
            {
                table.Remove(image.Id);
                _rows.Release(image.Id);
                _store.Account(-1, -written);
            }
            else
            {
                table.Replace(image.Id, image.Before);
                _store.Account(0, replaced - written);
            }

            _heap.Free(image.After);
        }

        Undo.Clear();
    }

    /// <summary>Frees what the last transaction replaced, once nobody can ask for it any more.</summary>
    public void Reclaim()
    {
        foreach (ref readonly var image in Undo.Images)
        {
            if (image.Before != RecordHeap.NoRecord)
            {
                _heap.Free(image.Before);
            }

            if (image.After == RecordHeap.NoRecord)
            {
                _rows.Release(image.Id);
            }
        }

        Undo.Clear();
        _heap.Compact(_rows);
    }

    /// <summary>The first unique index whose rule the transaction's rows break, or null. For writes made with <see cref="IsRecorded"/>.</summary>
    public string? BrokenUnique()
    {
        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        foreach (ref readonly var image in Undo.Images)
        {
            var table = image.Table;
            if (image.After == RecordHeap.NoRecord || table.LocationOf(image.Id) != image.After)
            {
                continue;
            }

            var record = table.RecordAt(image.After);
            table.Layout.TryRead(record.Row, starts, out _);
            TryEncodeIndexes(table, record.Row, starts, out var indexKeys);
            for (var i = 0; i < indexKeys.Count; i++)
            {
                // Compared as stored: the transaction's shard may be another by now.
                if (table.Schema.Indexes[i].Unique && !indexKeys.HasNull(i) && table.IsTaken(i, record.IndexKey(i), image.Id))
                {
                    return $"{table.Schema.Name}.{table.Schema.Indexes[i].Name}";
                }
            }
        }

        return null;
    }

    private bool TryEncodeKeys(Table table, ReadOnlySpan<byte> row, ReadOnlySpan<int> starts, out ReadOnlySpan<byte> key, out IndexKeys indexKeys)
    {
        var target = KeyTarget(table, out var prefix);
        indexKeys = default;
        var fits = table.Layout.Key.TryEncodeRow(row, starts, target.Slice(prefix, _limits.KeyBytes), out var length, out _);
        key = target[..(prefix + length)];
        return fits && TryEncodeIndexes(table, row, starts, out indexKeys);
    }

    private bool TryEncodeIndexes(Table table, ReadOnlySpan<byte> row, ReadOnlySpan<int> starts, out IndexKeys keys)
    {
        keys = default;
        var indexes = table.Layout.Indexes;
        var prefix = table.IsSharded ? _shardKey.AsSpan(0, _shardBytes) : default;
        var at = 0;
        var withNull = 0;
        for (var i = 0; i < indexes.Length; i++)
        {
            prefix.CopyTo(_indexKeys.AsSpan(at));
            at += prefix.Length;
            if (!indexes[i].TryEncodeRow(row, starts, _indexKeys.AsSpan(at, _limits.KeyBytes), out var length, out var hasNull))
            {
                return false;
            }

            at += length;
            _indexEnds[i] = at;
            withNull |= hasNull ? 1 << i : 0;
        }

        keys = new IndexKeys(_indexKeys.AsSpan(0, at), _indexEnds.AsSpan(0, indexes.Length), withNull);
        return true;
    }

    private static bool IsTaken(Table table, in IndexKeys keys, int id)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            if (table.Schema.Indexes[i].Unique && !keys.HasNull(i) && table.IsTaken(i, keys[i], id))
            {
                return true;
            }
        }

        return false;
    }

    private bool TryCount(Table table, int jsonBytes) => IsRecorded
        || (_writes < _limits.WritesPerTransaction && _jsonBytes + JsonBytes(table, jsonBytes) <= _limits.WriteSetJsonBytes);

    private void Note(Table table, int id, long before, long after, int jsonBytes)
    {
        Undo.Push(table, id, before, after);
        _writes++;
        _jsonBytes += JsonBytes(table, jsonBytes);
    }

    private long JsonBytes(Table table, int rowBytes) =>
        rowBytes + table.Layout.Json.OverheadBytes + (table.IsSharded ? _shardJsonBytes : 0);
}
