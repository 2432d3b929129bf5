using System.Buffers;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>Rows and keys of one table as JSON objects: columns in declared order, key columns in key order.</summary>
internal sealed class TableJson
{
    private readonly byte[][] _columnNames;
    private readonly int[] _keyColumns;

    public TableJson(TableSchema schema)
    {
        _columnNames = new byte[schema.Columns.Count][];
        var names = 0;
        for (var i = 0; i < _columnNames.Length; i++)
        {
            _columnNames[i] = Encoding.ASCII.GetBytes($"\"{schema.Columns[i].Name}\":");
            names += _columnNames[i].Length + 1;
        }

        _keyColumns = new int[schema.Key.Count];
        for (var i = 0; i < _keyColumns.Length; i++)
        {
            _keyColumns[i] = Array.FindIndex(_columnNames, n => n.AsSpan().SequenceEqual(Encoding.ASCII.GetBytes($"\"{schema.Key[i]}\":")));
        }

        PutHead = "{\"op\":\"put\",\"row\":"u8.ToArray();
        DeleteHead = "{\"key\":"u8.ToArray();
        PutTail = Encoding.ASCII.GetBytes($",\"table\":\"{schema.Name}\"}}");
        DeleteTail = Encoding.ASCII.GetBytes($",\"op\":\"delete\",\"table\":\"{schema.Name}\"}}");
        OverheadBytes = DeleteHead.Length + PutHead.Length + DeleteTail.Length + names + 3;
    }

    public byte[] PutHead { get; }

    public byte[] PutTail { get; }

    public byte[] DeleteHead { get; }

    public byte[] DeleteTail { get; }

    /// <summary>At least what one write costs beside its values: names, punctuation, the comma before it.</summary>
    public int OverheadBytes { get; }

    /// <summary>At least the bytes <see cref="WriteValue"/> writes for the field; exact for text.</summary>
    public static int MaxValueBytes(in Field field) => (ColumnType)field.Tag switch
    {
        ColumnType.Int64 => 20,
        ColumnType.Float64 => 26,
        ColumnType.Text => JsonText.EncodedLength(field.Value),
        ColumnType.Bytes => Base64Length(field.Value.Length) + "{\"base64\":\"\"}".Length,
        _ => 5,
    };

    public void WriteRow(IBufferWriter<byte> target, ReadOnlySpan<byte> row)
    {
        var position = sizeof(ushort);
        target.Write("{"u8);
        for (var i = 0; i < _columnNames.Length; i++)
        {
            target.Write(i == 0 ? default : ","u8);
            target.Write(_columnNames[i]);
            WriteValue(target, Field.ReadTrusted(row, ref position));
        }

        target.Write("}"u8);
    }

    /// <summary>Writes the key of a row, taken from the row itself.</summary>
    public void WriteKey(IBufferWriter<byte> target, ReadOnlySpan<byte> row)
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
            WriteValue(target, Field.ReadTrusted(row, ref position));
        }

        target.Write("}"u8);
    }

    private static void WriteValue(IBufferWriter<byte> target, in Field field)
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
            default:
                target.Write("null"u8);
                break;
        }
    }

    private static int Base64Length(int bytes) => (bytes + 2) / 3 * 4;
}
