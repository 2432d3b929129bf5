namespace Voxeltron.Cosmictron;

/// <summary>
/// The sum of all changes so far: rows with weights, found by hash and, in an ordered trace, by prefix. A row without
/// weight is not in it.
/// </summary>
internal sealed class Trace(TraceSpace space, bool isOrdered, int extraBytes = 0)
{
    /// <summary>What a row takes beside its bytes: the record's header, its place in the directory, the hash index and the order.</summary>
    public const int RowOverhead = TraceRecord.HeaderBytes + 8 + 12 + 8;

    private readonly HashIndex _byRow = new();
    private readonly OrderedRows? _order = isOrdered ? new OrderedRows(space.Heap, space.Rows, OrderedRows.OfTrace) : null;

    public int Count => _byRow.Count;

    /// <summary>Follows from the rows alone, not from where they lie or how they came.</summary>
    public long Bytes { get; private set; }

    // Hot path: per changed row.
    public (long Before, long After) Add(ReadOnlySpan<byte> row, long weight) => Add(row, weight, out _);

    /// <param name="extra">The row's own bytes, zero at first, to read and write until the trace changes; empty when it is not in the trace now.</param>
    public (long Before, long After) Add(ReadOnlySpan<byte> row, long weight, out Span<byte> extra)
    {
        var hash = HashIndex.HashOf(row);
        if (!_byRow.TryFind<TraceRecord>(row, hash, space.Heap, space.Rows, out var id))
        {
            extra = weight == 0 ? default : Enter(row, weight, hash);
            return (0, weight);
        }

        var block = space.Heap.Block(space.Rows[id]);
        var before = TraceRecord.Weight(block);
        var after = before + weight;
        if (after == 0)
        {
            Leave(id, hash, row.Length);
            extra = default;
        }
        else
        {
            TraceRecord.SetWeight(block, after);
            extra = TraceRecord.Extra(block, extraBytes);
        }

        return (before, after);
    }

    public bool TryFind(ReadOnlySpan<byte> row, out long weight, out Span<byte> extra)
    {
        if (!_byRow.TryFind<TraceRecord>(row, HashIndex.HashOf(row), space.Heap, space.Rows, out var id))
        {
            weight = 0;
            extra = default;
            return false;
        }

        var block = space.Heap.Block(space.Rows[id]);
        weight = TraceRecord.Weight(block);
        extra = TraceRecord.Extra(block, extraBytes);
        return true;
    }

    /// <summary>Before the first row at or above <paramref name="prefix"/>; empty is before all.</summary>
    public OrderedRows.Position Seek(ReadOnlySpan<byte> prefix) => _order!.Seek(prefix);

    /// <summary>The row at the position, which moves behind it; false when it does not begin with the prefix. No changes between the calls.</summary>
    public bool TryRead(scoped ref OrderedRows.Position position, scoped ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> row, out long weight) =>
        TryRead(ref position, prefix, out row, out weight, out _);

    public bool TryRead(scoped ref OrderedRows.Position position, scoped ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> row, out long weight, out ReadOnlySpan<byte> extra)
    {
        if (_order!.TryIdAt(position, out var id))
        {
            var block = space.Heap.Block(space.Rows[id]);
            row = TraceRecord.KeyIn(block);
            if (row.StartsWith(prefix))
            {
                weight = TraceRecord.Weight(block);
                extra = TraceRecord.Extra(block, extraBytes);
                position = _order.Next(position);
                return true;
            }
        }

        row = default;
        weight = 0;
        extra = default;
        return false;
    }

    public bool TryFirst(scoped ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> row)
    {
        var position = _order!.Seek(prefix);
        return TryRead(ref position, prefix, out row, out _);
    }

    public bool TryLast(scoped ReadOnlySpan<byte> prefix, out ReadOnlySpan<byte> row)
    {
        row = default;
        if (_order!.TryLast(prefix, out var id))
        {
            row = TraceRecord.KeyIn(space.Heap.Block(space.Rows[id]));
        }

        return !row.IsEmpty && row.StartsWith(prefix);
    }

    /// <summary>Every row with its weight, and its extra bytes behind it, in order: for checks.</summary>
    public void CopyTo(Batch target)
    {
        foreach (var id in _byRow.Ids())
        {
            var block = space.Heap.Block(space.Rows[id]);
            target.Building.Append(TraceRecord.KeyIn(block));
            target.Building.Append(TraceRecord.Extra(block, extraBytes));
            target.End(TraceRecord.Weight(block));
        }

        target.Consolidate();
    }

    /// <summary>Every row with its weight, in no order.</summary>
    public void AddTo(Batch target)
    {
        foreach (var id in _byRow.Ids())
        {
            var block = space.Heap.Block(space.Rows[id]);
            target.Add(TraceRecord.KeyIn(block), TraceRecord.Weight(block));
        }
    }

    /// <summary>Adds every row to another trace.</summary>
    public void AddTo(Trace target)
    {
        foreach (var id in _byRow.Ids())
        {
            var block = space.Heap.Block(space.Rows[id]);
            target.Add(TraceRecord.KeyIn(block), TraceRecord.Weight(block));
        }
    }

    /// <summary>Gives back every row's room.</summary>
    public void Clear()
    {
        foreach (var id in _byRow.Ids())
        {
            var row = TraceRecord.KeyIn(space.Heap.Block(space.Rows[id]));
            Leave(id, HashIndex.HashOf(row), row.Length);
        }
    }

    private Span<byte> Enter(ReadOnlySpan<byte> row, long weight, uint hash)
    {
        var block = space.Heap.Allocate(TraceRecord.HeaderBytes + row.Length + extraBytes, out var location);
        TraceRecord.Write(block, row, weight, extraBytes);
        var id = space.Rows.Take(location);
        Record.SetRowId(block, id);
        _byRow.Add(hash, id);
        _order?.Insert(id);
        Account(RowOverhead + row.Length + extraBytes);
        return TraceRecord.Extra(block, extraBytes);
    }

    private void Leave(int id, uint hash, int rowBytes)
    {
        _order?.Remove(id);
        _byRow.Remove(hash, id);
        space.Heap.Free(space.Rows[id]);
        space.Rows.Release(id);
        Account(-(RowOverhead + rowBytes + extraBytes));
    }

    private void Account(long bytes)
    {
        Bytes += bytes;
        space.Account(bytes);
    }
}
