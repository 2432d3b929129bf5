using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The tables of one mission, in memory on its owner. Not thread-safe: every call is made inside the mission's writer
/// section. Durable only through the journal; see README.md.
/// </summary>
public sealed partial class MissionStore
{
    public const int MaxTables = 64;

    /// <summary>Bytes of <c>table.index</c>.</summary>
    private const int LongestName = TableSchema.MaxNameLength + 1 + TableSchema.MaxNameLength;

    private readonly RecordHeap _heap = new();
    private readonly RowDirectory _rows = new();
    private readonly NetChanges _changes = new();
    private readonly Table[] _tables;
    private readonly Dictionary<byte[], (Table Table, int Index)>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    // The name asked for last and what it names.
    private byte[] _lastName = [];
    private (Table Table, int Index) _last;

    // Counts what ends the life of rows and write sets handed out: every transaction, and whatever else frees records.
    private long _turn;
    private bool _open;

    /// <exception cref="SchemaException">A declaration no store can hold.</exception>
    public MissionStore(IReadOnlyList<TableSchema> tables, StoreLimits limits)
    {
        if (tables.Count > MaxTables)
        {
            throw new SchemaException($"A mission declares {tables.Count} tables; at most {MaxTables} are allowed.");
        }

        Limits = limits;
        Schemas = tables;
        _tables = new Table[tables.Count];
        var byName = new Dictionary<byte[], (Table, int)>(KeyComparer.Instance);
        var mostIndexes = 0;
        for (var i = 0; i < _tables.Length; i++)
        {
            tables[i].Validate();
            var table = _tables[i] = new Table(tables[i], i, _heap, _rows);
            HasShards |= table.IsSharded;
            mostIndexes = Math.Max(mostIndexes, tables[i].Indexes.Count);
            if (!byName.TryAdd(Encoding.ASCII.GetBytes(tables[i].Name), (table, OrderedRows.ByKey)))
            {
                throw new SchemaException($"Table '{tables[i].Name}' is declared twice.");
            }

            for (var index = 0; index < tables[i].Indexes.Count; index++)
            {
                // No name holds a dot, so an index cannot be taken for another table.
                byName.Add(Encoding.ASCII.GetBytes($"{tables[i].Name}.{tables[i].Indexes[index].Name}"), (table, index));
            }
        }

        _byName = byName.GetAlternateLookup<ReadOnlySpan<byte>>();
        _running = new SetHash[_tables.Length];
        _pass = new SetHash[_tables.Length];
        Writer = new StateWriter(this, _heap, _rows, mostIndexes);
        Views = new MissionViews(this);
    }

    public long RowCount { get; private set; }

    /// <summary>
    /// Bytes of all rows as they are stored: tuple, key, index keys and a header of 12 bytes and 2 an index. It follows
    /// from the rows alone, so a limit on it is reached at the same write live, after recovery and in replay.
    /// </summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the slabs the rows lie in, free room included: at most twice <see cref="Bytes"/>, an eighth, and a slab for each size in use.</summary>
    public long ReservedBytes => _heap.ReservedBytes;

    /// <summary>What is computed from the tables in every commit.</summary>
    public MissionViews Views { get; }

    /// <summary>Some table has scope cell.</summary>
    public bool HasShards { get; }

    internal StoreLimits Limits { get; }

    internal StateWriter Writer { get; }

    internal IReadOnlyList<Table> Tables => _tables;

    internal IReadOnlyList<TableSchema> Schemas { get; }

    /// <summary>What the transaction committed last has changed; good until the next begins.</summary>
    internal ReadOnlySpan<RowChange> LastChanges => _changes.Changes;

    /// <param name="cell">The task key whose shard the transaction sees in tables of scope cell; without one it sees none of them.</param>
    public Transaction Begin(string? cell = null)
    {
        NextTurn();
        Writer.Begin(cell);
        _open = true;
        return new Transaction(this, _turn);
    }

    /// <summary>Applies recorded writes on recovery, all or none.</summary>
    /// <exception cref="StateFormatException">A write that this state refuses: the record is not this store's next one.</exception>
    public void Apply(IReadOnlyList<RowWrite> writes)
    {
        var transaction = Begin();
        Writer.IsRecorded = true;
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            var table = Encoding.UTF8.GetBytes(write.Table);
            Writer.UseShard(write.Cell);
            var status = write.Operation == RowOperation.Put
                ? transaction.Put(table, write.Tuple)
                : transaction.Delete(table, write.Tuple);
            if (status != StateStatus.Ok)
            {
                transaction.Abort();
                throw new StateFormatException($"Recorded write [{i}] to table '{write.Table}' was refused: {status}.");
            }
        }

        if (Writer.BrokenUnique() is { } index)
        {
            transaction.Abort();
            throw new StateFormatException($"Recorded writes leave two rows with one key in the unique index '{index}'.");
        }

        if (RowCount > Limits.RowsPerMission || Bytes > Limits.TotalBytes)
        {
            var found = $"{RowCount} rows and {Bytes} bytes";
            transaction.Abort();
            throw new StateFormatException($"Recorded writes leave {found}, more than a mission may have.");
        }

        if (Commit(out _) is { } refusal)
        {
            throw new StateFormatException($"Recorded writes are refused by a view: {refusal.Message}");
        }
    }

    /// <summary>Drops every row of a cell's shard. No rows of it, or no tables of scope cell, is nothing to do.</summary>
    /// <returns>Rows dropped.</returns>
    public int DropShard(string cell)
    {
        if (!HasShards)
        {
            return 0;
        }

        NextTurn();
        Span<byte> prefix = stackalloc byte[Shards.MaxPrefixBytes];
        prefix = prefix[..Shards.WritePrefix(cell, prefix)];
        var dropped = 0;
        foreach (var table in _tables)
        {
            while (table.IsSharded && table.Count > 0 && table.Order.TryIdAt(table.Order.Seek(prefix), out var id)
                && table.RecordOf(id).Key.StartsWith(prefix))
            {
                Drop(table, id);
                dropped++;
            }
        }

        _heap.Compact(_rows);
        return dropped;
    }

    /// <summary>The table's rows in order of shard and key. Do not write while enumerating.</summary>
    public IEnumerable<RowView> Rows(string table)
    {
        if (!TryName(Encoding.UTF8.GetBytes(table), out var found, out var index) || index != OrderedRows.ByKey)
        {
            throw new ArgumentException($"Table '{table}' is not declared.", nameof(table));
        }

        return View(found);

        IEnumerable<RowView> View(Table table)
        {
            var turn = _turn;
            for (var position = default(OrderedRows.Position); table.Order.TryIdAt(position, out var id); position = table.Order.Next(position))
            {
                yield return new RowView(this, table, turn, table.LocationOf(id));
            }
        }
    }

    internal bool IsOpen(long turn) => _open && turn == _turn;

    internal void RequireTurn(long turn)
    {
        if (turn != _turn)
        {
            throw new InvariantException("A row or write set was read after its store had gone on.");
        }
    }

    internal ReadOnlySpan<RowChange> ChangesOf(long turn)
    {
        RequireTurn(turn);
        return _changes.Changes;
    }

    /// <returns>Why a view cannot follow: the transaction is undone, no trace is left.</returns>
    internal ViewRefusal? Commit(out WriteSet writes)
    {
        _changes.Take(Writer.Undo);
        if (Views.Step(_changes.Changes) is { } fault)
        {
            _changes.Clear();
            Writer.Undo.Unsort();
            Abort();
            writes = WriteSet.Empty;
            return ViewRefusal.Of(fault);
        }

        if (Limits.SetHashes)
        {
            FollowChanges();
        }

        _open = false;
        writes = new WriteSet(this, _turn, _changes.Count);
        return null;
    }

    internal void Abort()
    {
        Writer.Abort();
        Views.Aborted();
        _open = false;
    }

    internal bool TryName(ReadOnlySpan<byte> nameUtf8, out Table table, out int index)
    {
        // Calls come in runs on one table.
        if (nameUtf8.IsEmpty || !nameUtf8.SequenceEqual(_lastName))
        {
            // A name longer than any there is costs no more than looking at its length.
            if (nameUtf8.Length > LongestName || !_byName.TryGetValue(nameUtf8, out var name, out var target))
            {
                table = null!;
                index = OrderedRows.ByKey;
                return false;
            }

            _lastName = name;
            _last = target;
        }

        (table, index) = _last;
        return true;
    }

    internal bool HasRoom(int rows, long bytes) =>
        (rows <= 0 || RowCount + rows <= Limits.RowsPerMission) && (bytes <= 0 || Bytes + bytes <= Limits.TotalBytes);

    internal void Account(int rows, long bytes)
    {
        RowCount += rows;
        Bytes += bytes;
    }

    private void Drop(Table table, int id)
    {
        var location = table.LocationOf(id);
        if (Limits.SetHashes)
        {
            Follow(table, id, SetHash.Of(table.RecordOf(id)), isAdded: false);
        }

        Account(-1, -table.RecordOf(id).Bytes);
        table.Remove(id);
        _heap.Free(location);
        _rows.Release(id);
    }

    /// <summary>Frees what the last transaction replaced; what was handed out before is invalid from here.</summary>
    private void NextTurn()
    {
        RequireQuiet();
        Writer.Reclaim();
        _turn++;
    }

    private void RequireQuiet()
    {
        if (_open)
        {
            throw new InvariantException("The mission's store has an open transaction; there is one writer.");
        }
    }
}
