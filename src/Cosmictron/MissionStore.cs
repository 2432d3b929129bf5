using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The tables of one mission, in memory on its owner. Not thread-safe: every call is made inside the mission's writer
/// section. Durable only through the journal; see README.md.
/// </summary>
public sealed class MissionStore
{
    public const int MaxTables = 64;

    private readonly Table[] _tables;
    private readonly Dictionary<byte[], Table>.AlternateLookup<ReadOnlySpan<byte>> _byName;

    /// <exception cref="SchemaException">A declaration no store can hold.</exception>
    public MissionStore(IReadOnlyList<TableSchema> tables, StoreLimits limits)
    {
        if (tables.Count > MaxTables)
        {
            throw new SchemaException($"A mission declares {tables.Count} tables; at most {MaxTables} are allowed.");
        }

        Limits = limits;
        KeyScratch = new byte[limits.KeyBytes];
        _tables = new Table[tables.Count];
        var byName = new Dictionary<byte[], Table>(KeyComparer.Instance);
        for (var i = 0; i < _tables.Length; i++)
        {
            tables[i].Validate();
            _tables[i] = new Table(tables[i], i);
            if (!byName.TryAdd(Encoding.ASCII.GetBytes(tables[i].Name), _tables[i]))
            {
                throw new SchemaException($"Table '{tables[i].Name}' is declared twice.");
            }
        }

        _byName = byName.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public long RowCount { get; private set; }

    /// <summary>Tuple and key bytes of all rows; the runtime's own overhead is not counted.</summary>
    public long Bytes { get; private set; }

    internal StoreLimits Limits { get; }

    internal UndoLog Undo { get; } = new();

    /// <summary>Where the key of the operation in progress is encoded; no operation leaves a reference to it.</summary>
    internal byte[] KeyScratch { get; }

    internal Transaction? Active { get; private set; }

    public Transaction Begin()
    {
        RequireQuiet();
        return Active = new Transaction(this);
    }

    /// <summary>Applies recorded writes on recovery, all or none.</summary>
    /// <exception cref="StateFormatException">A write that this state refuses: the record is not this store's next one.</exception>
    public void Apply(IReadOnlyList<RowWrite> writes)
    {
        var transaction = Begin();
        for (var i = 0; i < writes.Count; i++)
        {
            var write = writes[i];
            var table = Encoding.UTF8.GetBytes(write.Table);
            var status = write.Operation == RowOperation.Put
                ? transaction.Put(table, write.Tuple)
                : transaction.Delete(table, write.Tuple);
            if (status != StateStatus.Ok)
            {
                transaction.Abort();
                throw new StateFormatException($"Recorded write [{i}] to table '{write.Table}' was refused: {status}.");
            }
        }

        End();
    }

    /// <summary>
    /// SHA-256 over, per table in declared order: schema hash (32 bytes), u64be row count, and per row in key order
    /// u32be length and the tuple. Equal roots mean equal schemas and equal rows.
    /// </summary>
    public byte[] Root()
    {
        RequireQuiet();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        foreach (var table in _tables)
        {
            hash.AppendData(Convert.FromHexString(table.Schema.Hash));
            BinaryPrimitives.WriteInt64BigEndian(number, table.Count);
            hash.AppendData(number);
            foreach (var row in InOrder(table))
            {
                BinaryPrimitives.WriteInt32BigEndian(number, row.Length);
                hash.AppendData(number[..sizeof(int)]);
                hash.AppendData(row);
            }
        }

        return hash.GetHashAndReset();
    }

    /// <summary>The table's rows in key order. Do not write while enumerating.</summary>
    public IEnumerable<RowView> Rows(string table)
    {
        if (!TryTable(Encoding.UTF8.GetBytes(table), out var found))
        {
            throw new ArgumentException($"Table '{table}' is not declared.", nameof(table));
        }

        return View(found);

        static IEnumerable<RowView> View(Table table)
        {
            foreach (var row in InOrder(table))
            {
                yield return new RowView(table.Schema, table.Layout, row);
            }
        }
    }

    internal bool TryTable(ReadOnlySpan<byte> nameUtf8, out Table table) => _byName.TryGetValue(nameUtf8, out table!);

    internal bool HasRoom(int rows, long bytes) =>
        (rows <= 0 || RowCount + rows <= Limits.RowsPerMission) && (bytes <= 0 || Bytes + bytes <= Limits.TotalBytes);

    internal void Account(int rows, long bytes)
    {
        RowCount += rows;
        Bytes += bytes;
    }

    internal void Restore(in UndoLog.Image image)
    {
        var size = 0L;
        var rows = 0;
        if (image.Table.TryGet(image.Key, out var current))
        {
            size -= current.Length + image.Key.Length;
            rows--;
        }

        if (image.Before is not null)
        {
            size += image.Before.Length + image.Key.Length;
            rows++;
        }

        image.Table.Restore(image.Key, image.Before);
        Account(rows, size);
    }

    internal void End()
    {
        Undo.Clear();
        Active = null;
    }

    private static IEnumerable<byte[]> InOrder(Table table)
    {
        var order = table.Order;
        var position = default(SortedKeys.Position);
        while (order.KeyAt(position) is { } key)
        {
            table.TryGet(key, out var row);
            yield return row;
            position = order.Next(position);
        }
    }

    private void RequireQuiet()
    {
        if (Active is not null)
        {
            throw new InvariantException("The mission's store has an open transaction; there is one writer.");
        }
    }
}
