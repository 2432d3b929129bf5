using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>One stored row, read only, good until the store's next transaction begins.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "A view is a place to read from, not a value.")]
public readonly struct RowView
{
    private readonly MissionStore _store;
    private readonly Table _table;
    private readonly long _turn;
    private readonly long _record;

    internal RowView(MissionStore store, Table table, long turn, long record)
    {
        _store = store;
        _table = table;
        _turn = turn;
        _record = record;
    }

    public TableSchema Schema => _table.Schema;

    /// <exception cref="InvariantException">The store has gone on since.</exception>
    public ReadOnlySpan<byte> Tuple => Record().Row;

    /// <summary>The task key whose shard the row is in; null in a table of scope mission.</summary>
    public string? Cell => _table.IsSharded ? Encoding.UTF8.GetString(Shards.NameIn(Record().Key)) : null;

    /// <summary>
    /// The value of a column by its position: long, double, bool, string (text and json), byte[], decimal, DateTime
    /// (UTC) or null. Boxes; not for hot paths.
    /// </summary>
    public object? this[int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Schema.Columns.Count, nameof(column));
            var row = Tuple;
            var position = sizeof(ushort);
            for (var i = 0; i < column; i++)
            {
                Field.ReadTrusted(row, ref position);
            }

            var field = Field.ReadTrusted(row, ref position);
            return (ColumnType)field.Tag switch
            {
                ColumnType.Int64 => field.Int64,
                ColumnType.Float64 => field.Float64,
                ColumnType.Bool => field.Bool,
                ColumnType.Text or ColumnType.Json => Encoding.UTF8.GetString(field.Value),
                ColumnType.Bytes => field.Value.ToArray(),
                ColumnType.Decimal => ToDecimal(field.Units, Schema.Columns[column].Scale),
                ColumnType.Timestamp => UnixTime.ToDateTime(field.Int64),
                _ => null,
            };
        }
    }

    /// <summary>The row as the JSON object write sets carry.</summary>
    public void WriteJson(IBufferWriter<byte> target) => _table.Layout.Json.WriteRow(target, Tuple);

    // 28 digits fit the 96 bits of a .NET decimal.
    private static decimal ToDecimal(Int128 units, int scale)
    {
        var magnitude = (UInt128)Int128.Abs(units);
        return new decimal((int)(uint)magnitude, (int)(uint)(magnitude >> 32), (int)(uint)(magnitude >> 64), units < 0, (byte)scale);
    }

    private Record Record()
    {
        _store.RequireTurn(_turn);
        return _table.RecordAt(_record);
    }
}
