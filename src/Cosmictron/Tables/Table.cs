namespace Voxeltron.Cosmictron;

/// <summary>
/// One table's rows: records in the mission's heap, found by key through a hash index and by order through
/// <see cref="OrderedRows"/>. Guarded by the mission's writer section, as the whole store.
/// </summary>
internal sealed class Table
{
    /// <summary>With more rows the order is kept whether anybody scans or not: the first scan then sorts at most as many.</summary>
    private const int MostUnordered = 1_024;

    private readonly RecordHeap _heap;
    private readonly RowDirectory _rows;
    private readonly HashIndex _byKey = new();
    private readonly OrderedRows[] _indexes;

    private OrderedRows? _order;

    public Table(TableSchema schema, int number, RecordHeap heap, RowDirectory rows)
    {
        Schema = schema;
        Number = number;
        Layout = new TableLayout(schema);
        _heap = heap;
        _rows = rows;
        _indexes = new OrderedRows[schema.Indexes.Count];
        for (var i = 0; i < _indexes.Length; i++)
        {
            _indexes[i] = new OrderedRows(heap, rows, i);
        }
    }

    public TableSchema Schema { get; }

    /// <summary>Position in the declaration: the first part of every canonical order.</summary>
    public int Number { get; }

    public TableLayout Layout { get; }

    public bool IsSharded => Schema.Scope == TableScope.Cell;

    public int Count => _byKey.Count;

    /// <summary>Operators of the mission's views that take its changes.</summary>
    public int ViewOperators { get; set; }

    /// <summary>
    /// Rows by key. Made by the first scan, or when the table grows, and kept from then on: so a small table that is never
    /// scanned pays nothing, and no call that a guest pays a flat price for sorts a large one.
    /// </summary>
    public OrderedRows Order
    {
        get
        {
            if (_order is null)
            {
                _order = new OrderedRows(_heap, _rows, OrderedRows.ByKey);
                _order.Build(_byKey.Ids());
            }

            return _order;
        }
    }

    public ReadOnlySpan<OrderedRows> Indexes => _indexes;

    /// <summary>Every row's id, in no order.</summary>
    public int[] Ids() => _byKey.Ids();

    public long LocationOf(int id) => _rows[id];

    public Record RecordOf(int id) => new(_heap.Block(_rows[id]));

    public Record RecordAt(long location) => new(_heap.Block(location));

    public bool TryFind(ReadOnlySpan<byte> key, uint hash, out int id) => _byKey.TryFind<Record>(key, hash, _heap, _rows, out id);

    public bool TryFind(ReadOnlySpan<byte> key, out int id) => TryFind(key, HashIndex.HashOf(key), out id);

    /// <summary>Another row than <paramref name="id"/> has this key in a unique index.</summary>
    public bool IsTaken(int index, ReadOnlySpan<byte> indexKey, int id)
    {
        var order = _indexes[index];
        var position = order.Seek(indexKey);
        while (order.TryIdAt(position, out var found) && RecordOf(found).IndexKey(index).SequenceEqual(indexKey))
        {
            if (found != id)
            {
                return true;
            }

            position = order.Next(position);
        }

        return false;
    }

    /// <summary>Adds a row whose key is not there.</summary>
    public int Add(long location, uint hash)
    {
        var id = _rows.Take(location);
        Record.SetRowId(_heap.Block(location), id);
        Enter(id, hash);
        return id;
    }

    /// <summary>Adds a row whose key is above every other's.</summary>
    public int Append(long location, uint hash)
    {
        var order = Order;
        var id = _rows.Take(location);
        Record.SetRowId(_heap.Block(location), id);
        EnterIndexes(id, hash);
        order.Append(id);
        return id;
    }

    /// <summary>Puts back a row that <see cref="Remove"/> took out and whose id was not released.</summary>
    public void Restore(int id, long location)
    {
        _rows[id] = location;
        Enter(id, HashIndex.HashOf(RecordAt(location).Key));
    }

    /// <summary>Gives the row another record of the same key.</summary>
    public void Replace(int id, long location)
    {
        var changed = 0;
        if (_indexes.Length > 0)
        {
            var before = RecordOf(id);
            var after = RecordAt(location);
            for (var i = 0; i < _indexes.Length; i++)
            {
                if (!before.IndexKey(i).SequenceEqual(after.IndexKey(i)))
                {
                    changed |= 1 << i;
                    _indexes[i].Remove(id);
                }
            }
        }

        _rows[id] = location;
        Record.SetRowId(_heap.Block(location), id);
        for (var i = 0; i < _indexes.Length; i++)
        {
            if ((changed & (1 << i)) != 0)
            {
                _indexes[i].Insert(id);
            }
        }
    }

    /// <summary>Takes the row out of every index; its id and record are the caller's to release.</summary>
    public void Remove(int id)
    {
        _order?.Remove(id);
        foreach (var index in _indexes)
        {
            index.Remove(id);
        }

        _byKey.Remove(HashIndex.HashOf(RecordOf(id).Key), id);
    }

    private void Enter(int id, uint hash)
    {
        EnterIndexes(id, hash);
        if (_order is not null)
        {
            _order.Insert(id);
        }
        else if (Count > MostUnordered)
        {
            _ = Order;
        }
    }

    private void EnterIndexes(int id, uint hash)
    {
        _byKey.Add(hash, id);
        foreach (var index in _indexes)
        {
            index.Insert(id);
        }
    }
}
