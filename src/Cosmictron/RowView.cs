using System.Buffers;

namespace Voxeltron.Cosmictron;

/// <summary>One stored row, read only. Its bytes never change, so a view may outlive later writes.</summary>
public readonly struct RowView
{
    private readonly TableLayout _layout;
    private readonly byte[] _row;

    internal RowView(TableSchema schema, TableLayout layout, byte[] row)
    {
        Schema = schema;
        _layout = layout;
        _row = row;
    }

    public TableSchema Schema { get; }

    public ReadOnlySpan<byte> Tuple => _row;

    /// <summary>The value of a column by its position: long, double, bool, string, byte[] or null. Boxes; not for hot paths.</summary>
    public object? this[int column]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Schema.Columns.Count, nameof(column));
            var position = sizeof(ushort);
            for (var i = 0; i < column; i++)
            {
                Field.ReadTrusted(_row, ref position);
            }

            var field = Field.ReadTrusted(_row, ref position);
            return (ColumnType)field.Tag switch
            {
                ColumnType.Int64 => field.Int64,
                ColumnType.Float64 => field.Float64,
                ColumnType.Bool => field.Bool,
                ColumnType.Text => System.Text.Encoding.UTF8.GetString(field.Value),
                ColumnType.Bytes => field.Value.ToArray(),
                _ => null,
            };
        }
    }

    /// <summary>The row as the JSON object write sets carry.</summary>
    public void WriteJson(IBufferWriter<byte> target) => _layout.Json.WriteRow(target, _row);
}
