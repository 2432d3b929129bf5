using System.Buffers;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>Rows and keys of one table as JSON objects: columns in declared order, key columns in key order.</summary>
internal sealed class TableJson
{
    private readonly byte[][] _columnNames;
    private readonly int[] _scales;
    private readonly int[] _keyColumns;
    private readonly byte[] _putTail;
    private readonly byte[] _deleteTail;
    private readonly bool _isSharded;

    public TableJson(TableSchema schema)
    {
        _columnNames = new byte[schema.Columns.Count][];
        _scales = new int[schema.Columns.Count];
        _isSharded = schema.Scope == TableScope.Cell;
        var names = 0;
        for (var i = 0; i < _columnNames.Length; i++)
        {
            _columnNames[i] = Encoding.ASCII.GetBytes($"\"{schema.Columns[i].Name}\":");
            names += _columnNames[i].Length + 1;
            _scales[i] = schema.Columns[i].Scale;
        }

        _keyColumns = new int[schema.Key.Count];
        for (var i = 0; i < _keyColumns.Length; i++)
        {
            _keyColumns[i] = schema.ColumnOf(schema.Key[i]);
        }

        _putTail = Encoding.ASCII.GetBytes($",\"table\":\"{schema.Name}\"}}");
        _deleteTail = Encoding.ASCII.GetBytes($",\"op\":\"delete\",\"table\":\"{schema.Name}\"}}");
        OverheadBytes = "{\"op\":\"put\",\"row\":".Length + "{\"key\":".Length + _deleteTail.Length + names + 3;
    }

    /// <summary>At least what one write costs beside its values and its shard: names, punctuation, the comma before it.</summary>
    public int OverheadBytes { get; }

    /// <summary>What naming the shard adds to one write.</summary>
    public static int ShardOverheadBytes(ReadOnlySpan<byte> shardUtf8) => JsonText.EncodedLength(shardUtf8) + "\"cell\":,".Length;

    /// <summary>At least the bytes <see cref="WriteValue"/> writes for the field; exact for text.</summary>
    public static int MaxValueBytes(in Field field) => (ColumnType)field.Tag switch
    {
        ColumnType.Int64 => 20,
        ColumnType.Float64 => 26,
        ColumnType.Text => JsonText.EncodedLength(field.Value),
        ColumnType.Bytes => Base64Length(field.Value.Length) + "{\"base64\":\"\"}".Length,
        ColumnType.Decimal => DecimalText.MaxBytes + 2,
        ColumnType.Timestamp => TimestampText.Bytes + 2,
        ColumnType.Json => field.Value.Length + "{\"json\":}".Length,
        _ => 5,
    };

    public void WritePut(IBufferWriter<byte> target, in Record record)
    {
        WriteShard(target, record.Key);
        target.Write("\"op\":\"put\",\"row\":"u8);
        WriteRow(target, record.Row);
        target.Write(_putTail);
    }

    public void WriteDelete(IBufferWriter<byte> target, in Record record)
    {
        WriteShard(target, record.Key);
        target.Write("\"key\":"u8);
        WriteKey(target, record.Row);
        target.Write(_deleteTail);
    }

    public void WriteRow(IBufferWriter<byte> target, ReadOnlySpan<byte> row)
    {
        var position = sizeof(ushort);
        target.Write("{"u8);
        for (var i = 0; i < _columnNames.Length; i++)
        {
            target.Write(i == 0 ? default : ","u8);
            target.Write(_columnNames[i]);
            WriteValue(target, Field.ReadTrusted(row, ref position), _scales[i]);
        }

        target.Write("}"u8);
    }

    private void WriteShard(IBufferWriter<byte> target, ReadOnlySpan<byte> key)
    {
        target.Write("{"u8);
        if (_isSharded)
        {
            target.Write("\"cell\":"u8);
            JsonText.WriteString(target, Shards.NameIn(key));
            target.Write(","u8);
        }
    }

    /// <summary>Writes the key of a row, taken from the row itself.</summary>
    private void WriteKey(IBufferWriter<byte> target, ReadOnlySpan<byte> row)
    {
        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        var position = sizeof(ushort);
        for (var i = 0; i < _columnNames.Length; i++)
        {
            starts[i] = position;
            Field.ReadTrusted(row, ref position);
        }

        target.Write("{"u8);
        for (var i = 0; i < _keyColumns.Length; i++)
        {
            target.Write(i == 0 ? default : ","u8);
            target.Write(_columnNames[_keyColumns[i]]);
            position = starts[_keyColumns[i]];
            WriteValue(target, Field.ReadTrusted(row, ref position), _scales[_keyColumns[i]]);
        }

        target.Write("}"u8);
    }

    public static void WriteValue(IBufferWriter<byte> target, in Field field, int scale)
    {
        switch ((ColumnType)field.Tag)
        {
            case ColumnType.Int64:
                JsonText.WriteInt64(target, field.Int64);
                break;
            case ColumnType.Float64:
                JsonText.WriteFloat64(target, field.Float64);
                break;
            case ColumnType.Bool:
                target.Write(field.Bool ? "true"u8 : "false"u8);
                break;
            case ColumnType.Text:
                JsonText.WriteString(target, field.Value);
                break;
            case ColumnType.Bytes:
                JsonText.WriteBase64(target, field.Value);
                break;
            case ColumnType.Decimal:
                JsonText.WriteDecimal(target, field.Units, scale);
                break;
            case ColumnType.Timestamp:
                JsonText.WriteTimestamp(target, field.Int64);
                break;
            case ColumnType.Json:
                target.Write("{\"json\":"u8);
                target.Write(field.Value);
                target.Write("}"u8);
                break;
            default:
                target.Write("null"u8);
                break;
        }
    }

    private static int Base64Length(int bytes) => (bytes + 2) / 3 * 4;
}
