using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A view's rows between three forms: the ordered bytes of a circuit (<see cref="RowCodec"/>), the tuples that cells read, and
/// JSON. A tuple of a view has its columns and, last, an int64: how often the row is there, or how many more.
/// </summary>
internal sealed class ViewRowCodec
{
    private readonly IReadOnlyList<Column> _columns;
    private readonly FieldRule[] _rules;
    private readonly byte[][] _jsonNames;

    public ViewRowCodec(IReadOnlyList<Column> columns)
    {
        _columns = columns;
        // A row's bytes say of every field whether it is null, so a prefix may ask for one anywhere.
        _rules = [.. columns.Select(static column => FieldRule.Of(column) with { Nullable = true })];
        _jsonNames = [.. columns.Select(static column => Encoding.UTF8.GetBytes($"{Quoted(column.Name)}:"))];
    }

    /// <summary>Writes a row as a tuple, its weight behind it.</summary>
    public void WriteTuple(ReadOnlySpan<byte> row, long weight, TupleBytes target)
    {
        target.Begin(_columns.Count + 1);
        WriteFields(row, _columns.Count, target);
        target.Int64(ColumnType.Int64, weight);
    }

    /// <summary>Writes the bytes that rows begin with as a tuple of the first columns; no columns are no bytes.</summary>
    public byte[] PrefixTuple(ReadOnlySpan<byte> prefix, int fields)
    {
        if (fields == 0)
        {
            return [];
        }

        var target = new TupleBytes();
        target.Begin(fields);
        WriteFields(prefix, fields, target);
        return target.Written.ToArray();
    }

    private void WriteFields(ReadOnlySpan<byte> row, int count, TupleBytes target)
    {
        foreach (ref readonly var rule in _rules.AsSpan(0, count))
        {
            if (row[0] == RowCodec.Null)
            {
                target.Null();
                row = row[1..];
                continue;
            }

            row = row[1..];
            switch (rule.Type)
            {
                case ColumnType.Int64 or ColumnType.Timestamp:
                    target.Int64(rule.Type, KeyEncoding.ReadInt64(row));
                    row = row[sizeof(long)..];
                    break;
                case ColumnType.Float64:
                    target.Int64(rule.Type, BitConverter.DoubleToInt64Bits(KeyEncoding.ReadFloat64(row)));
                    row = row[sizeof(double)..];
                    break;
                case ColumnType.Bool:
                    target.Bool(row[0]);
                    row = row[1..];
                    break;
                case ColumnType.Decimal:
                    target.Units(KeyEncoding.ReadUnits(row));
                    row = row[16..];
                    break;
                default:
                    row = row[target.Escaped(rule.Type, row)..];
                    break;
            }
        }
    }

    /// <summary>Reads a tuple of the first columns, any number of them, as the bytes such rows begin with.</summary>
    /// <param name="fields">How many it has.</param>
    public StateStatus TryReadPrefix(ReadOnlySpan<byte> tuple, int mostBytes, RowBuffer target, out int fields)
    {
        target.Clear();
        fields = 0;
        if (tuple.Length > mostBytes)
        {
            return StateStatus.TooLarge;
        }

        if (tuple.IsEmpty)
        {
            return StateStatus.Ok;
        }

        if (!BinaryPrimitives.TryReadUInt16LittleEndian(tuple, out var count) || count > _rules.Length)
        {
            return StateStatus.BadTuple;
        }

        var position = sizeof(ushort);
        for (fields = 0; fields < count; fields++)
        {
            // Values of json are equal or not by their text alone, which a guest need not know.
            if (_rules[fields].Type == ColumnType.Json || !Field.TryRead(tuple, ref position, _rules[fields], out var field))
            {
                return StateStatus.BadTuple;
            }

            target.AppendField(field);
        }

        return position == tuple.Length ? StateStatus.Ok : StateStatus.BadTuple;
    }

    /// <summary>Writes a tuple's first fields as an object: all of a row, or a prefix. The weight behind a row is left out.</summary>
    public void WriteJson(ReadOnlySpan<byte> tuple, IBufferWriter<byte> target)
    {
        var fields = tuple.IsEmpty ? 0 : Math.Min(_columns.Count, BinaryPrimitives.ReadUInt16LittleEndian(tuple));
        var position = sizeof(ushort);
        target.Write("{"u8);
        for (var i = 0; i < fields; i++)
        {
            target.Write(i == 0 ? default : ","u8);
            target.Write(_jsonNames[i]);
            TableJson.WriteValue(target, Field.ReadTrusted(tuple, ref position), _rules[i].Scale);
        }

        target.Write("}"u8);
    }

    private static string Quoted(string name)
    {
        var text = new ArrayBufferWriter<byte>();
        JsonText.WriteString(text, Encoding.UTF8.GetBytes(name));
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
