namespace Voxeltron.Cosmictron;

/// <summary>
/// The work of a store's open transaction. One per store, reused: all it needs lies in arrays made once, so that in
/// steady state an action allocates nothing here.
/// </summary>
internal sealed partial class StateWriter
{
    private readonly MissionStore _store;
    private readonly StoreLimits _limits;
    private readonly RecordHeap _heap;
    private readonly RowDirectory _rows;

    // Where the key of the operation in progress is encoded; no operation leaves a reference to it. The second one has
    // the shard's prefix at its head for the whole transaction.
    private readonly byte[] _key;
    private readonly byte[] _shardKey;
    private int _shardBytes;
    private int _shardJsonBytes;

    private readonly byte[] _indexKeys;
    private readonly int[] _indexEnds = new int[TableSchema.MaxIndexes];

    private int _writes;
    private long _jsonBytes;

    public StateWriter(MissionStore store, RecordHeap heap, RowDirectory rows, int mostIndexes)
    {
        _store = store;
        _limits = store.Limits;
        _heap = heap;
        _rows = rows;
        _key = new byte[_limits.KeyBytes];
        _shardKey = new byte[Shards.MaxPrefixBytes + _limits.KeyBytes];
        _indexKeys = new byte[mostIndexes * _shardKey.Length];
    }

    public UndoLog Undo { get; } = new();

    /// <summary>
    /// The writes are the net ones of a transaction that was committed, in key order. On the way a unique key may be two
    /// rows' and there may be more rows and bytes than are allowed, and what the transaction spent on its bounds is not
    /// known: whoever sets this checks the state at the end.
    /// </summary>
    public bool IsRecorded { get; set; }

    /// <param name="cell">Whose shard the transaction sees; null sees none.</param>
    public void Begin(string? cell)
    {
        _writes = 0;
        _jsonBytes = 0;
        IsRecorded = false;
        UseShard(cell);
    }

    public void UseShard(string? cell)
    {
        _shardBytes = cell is null ? 0 : Shards.WritePrefix(cell, _shardKey);
        _shardJsonBytes = cell is null ? 0 : TableJson.ShardOverheadBytes(Shards.NameIn(_shardKey));
    }

    // Hot path: per state operation; budget 0.3 µs; no allocation.
    public StateStatus Get(ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> keyTuple, out ReadOnlySpan<byte> row)
    {
        row = default;
        if (!TryTarget(tableUtf8, out var table, out var index))
        {
            return StateStatus.NoTable;
        }

        if (index != OrderedRows.ByKey)
        {
            return GetUnique(table, index, keyTuple, out row);
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

        row = table.RecordOf(id).Row;
        return StateStatus.Ok;
    }

    public StateStatus Scan(Transaction transaction, ReadOnlySpan<byte> tableUtf8, ReadOnlySpan<byte> prefixTuple, out ScanCursor? cursor)
    {
        cursor = null;
        if (!TryTarget(tableUtf8, out var table, out var index))
        {
            return StateStatus.NoTable;
        }

        var status = EncodeKey(table, index, prefixTuple, allowPrefix: true, out var prefix, out _);
        if (status == StateStatus.Ok)
        {
            cursor = new ScanCursor(transaction, table, index == OrderedRows.ByKey ? table.Order : table.Indexes[index], prefix.ToArray());
        }

        return status;
    }

    private StateStatus GetUnique(Table table, int index, ReadOnlySpan<byte> keyTuple, out ReadOnlySpan<byte> row)
    {
        row = default;
        if (!table.Schema.Indexes[index].Unique)
        {
            return StateStatus.BadArgument;
        }

        var status = EncodeKey(table, index, keyTuple, allowPrefix: false, out var key, out var hasNull);
        if (status != StateStatus.Ok || hasNull)
        {
            // Rows with a null share the entry; none of them is the one that was asked for.
            return status == StateStatus.Ok ? StateStatus.BadTuple : status;
        }

        var order = table.Indexes[index];
        if (!order.TryIdAt(order.Seek(key), out var id) || !table.RecordOf(id).IndexKey(index).SequenceEqual(key))
        {
            return StateStatus.NotFound;
        }

        row = table.RecordOf(id).Row;
        return StateStatus.Ok;
    }

    /// <summary>A table of scope cell does not exist for a transaction without a cell.</summary>
    private bool TryTarget(ReadOnlySpan<byte> nameUtf8, out Table table, out int index) =>
        _store.TryName(nameUtf8, out table, out index) && (!table.IsSharded || _shardBytes > 0);

    /// <summary>Key bytes of a tuple, behind the shard's prefix where the table has shards.</summary>
    private StateStatus EncodeKey(Table table, int index, ReadOnlySpan<byte> tuple, bool allowPrefix, out ReadOnlySpan<byte> key, out bool hasNull)
    {
        var columns = index == OrderedRows.ByKey ? table.Layout.Key : table.Layout.Indexes[index];
        var target = KeyTarget(table, out var prefix);
        var status = columns.TryEncodeTuple(tuple, allowPrefix, target.Slice(prefix, _limits.KeyBytes), out var length, out hasNull);
        key = target[..(prefix + length)];
        return status;
    }

    private Span<byte> KeyTarget(Table table, out int prefix)
    {
        prefix = table.IsSharded ? _shardBytes : 0;
        return table.IsSharded ? _shardKey : _key;
    }
}
