namespace Voxeltron.Cosmictron;

/// <summary>
/// Rows as they flow through a circuit and lie in its traces: their fields in ordered encoding, one behind the other.
/// <code>
/// per field: u8 0, then the value as <see cref="KeyEncoding"/> has it | u8 1 alone for null
/// </code>
/// So equal rows are equal bytes (one NaN, no negative zero, decimals in units of the column's scale, json as its RFC 8785
/// text), the order of bytes is the order of the values with nulls last, rows concatenate, and a prefix of fields is a
/// prefix of bytes.
/// </summary>
internal sealed class RowCodec
{
    public const byte NotNull = 0;
    public const byte Null = 1;

    private readonly ColumnType[] _types;

    public RowCodec(IReadOnlyList<ViewColumn> columns)
    {
        _types = new ColumnType[columns.Count];
        for (var i = 0; i < _types.Length; i++)
        {
            _types[i] = columns[i].Type.Type;
        }
    }

    public int Count => _types.Length;

    public static bool IsNull(ReadOnlySpan<byte> field) => field[0] == Null;

    /// <summary>Finds where each of the first <c>ends.Length</c> fields ends.</summary>
    public void FindEnds(ReadOnlySpan<byte> row, Span<int> ends)
    {
        var at = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = at = EndOf(row, at, _types[i]);
        }
    }

    /// <summary>The bytes of one field among those found.</summary>
    public static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> row, ReadOnlySpan<int> ends, int column)
    {
        var start = column == 0 ? 0 : ends[column - 1];
        return row[start..ends[column]];
    }

    /// <summary>The value of one field among those found. Texts are a place in the row; bytes with a zero among them are in the scratch.</summary>
    public Value Decode(ReadOnlySpan<byte> row, ReadOnlySpan<int> ends, int column, Scratch scratch)
    {
        var start = column == 0 ? 0 : ends[column - 1];
        if (row[start] == Null)
        {
            return Value.OfNull;
        }

        var value = row[(start + 1)..ends[column]];
        switch (_types[column])
        {
            case ColumnType.Int64 or ColumnType.Timestamp:
                return Value.Of(KeyEncoding.ReadInt64(value));
            case ColumnType.Float64:
                return Value.Of(KeyEncoding.ReadFloat64(value));
            case ColumnType.Bool:
                return Value.Of(value[0] != 0);
            case ColumnType.Decimal:
                return Value.OfUnits(KeyEncoding.ReadUnits(value));
            default:
                // Without 00 and 01 at its end.
                var text = value[..^2];
                return text.Contains((byte)0) ? Unescape(text, scratch) : Value.OfRow(start + 1, text.Length);
        }
    }

    /// <summary>A whole row, for readers outside the hot path.</summary>
    public void Decode(ReadOnlySpan<byte> row, Span<Value> values, Scratch scratch)
    {
        Span<int> ends = stackalloc int[_types.Length];
        FindEnds(row, ends);
        for (var i = 0; i < _types.Length; i++)
        {
            values[i] = Decode(row, ends, i, scratch);
        }
    }

    private static int EndOf(ReadOnlySpan<byte> row, int at, ColumnType type)
    {
        if (row[at] == Null)
        {
            return at + 1;
        }

        switch (type)
        {
            case ColumnType.Int64 or ColumnType.Timestamp or ColumnType.Float64:
                return at + 1 + sizeof(long);
            case ColumnType.Bool:
                return at + 2;
            case ColumnType.Decimal:
                return at + 1 + 16;
            default:
                at++;
                while (true)
                {
                    at += row[at..].IndexOf((byte)0) + 2;
                    if (row[at - 1] != KeyEncoding.Escaped)
                    {
                        return at;
                    }
                }
        }
    }

    private static Value Unescape(ReadOnlySpan<byte> text, Scratch scratch)
    {
        // What is added piece by piece lies in one piece.
        var start = scratch.Length;
        while (text.IndexOf((byte)0) is var zero and >= 0)
        {
            scratch.Add(text[..(zero + 1)]);
            text = text[(zero + 2)..];
        }

        scratch.Add(text);
        return Value.OfScratch(start, scratch.Length - start);
    }
}
