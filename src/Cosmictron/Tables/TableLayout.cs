using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Checks tuples of one table and takes keys from them. Everything derived from the schema is computed once here; the
/// checks run on every state operation. Hot path: no allocation.
/// </summary>
internal sealed class TableLayout
{
    private readonly ColumnType[] _types;
    private readonly bool[] _nullable;
    private readonly int[] _keyColumns;
    private readonly bool[] _isKey;
    private readonly bool _hasFloats;

    public TableLayout(TableSchema schema)
    {
        var count = schema.Columns.Count;
        _types = new ColumnType[count];
        _nullable = new bool[count];
        _isKey = new bool[count];
        for (var i = 0; i < count; i++)
        {
            _types[i] = schema.Columns[i].Type;
            _nullable[i] = schema.Columns[i].Nullable;
            _hasFloats |= _types[i] == ColumnType.Float64;
        }

        _keyColumns = new int[schema.Key.Count];
        for (var i = 0; i < _keyColumns.Length; i++)
        {
            var column = 0;
            while (schema.Columns[column].Name != schema.Key[i])
            {
                column++;
            }

            _keyColumns[i] = column;
            _isKey[column] = true;
        }

        Json = new TableJson(schema);
    }

    /// <summary>How rows and keys of this table are written as JSON.</summary>
    public TableJson Json { get; }

    public ReadOnlySpan<ColumnType> Types => _types;

    public ReadOnlySpan<int> KeyColumns => _keyColumns;

    /// <summary>Checks a row and writes its key bytes; also the exact size of the row's fields in JSON.</summary>
    public StateStatus TryEncodeRowKey(ReadOnlySpan<byte> row, Span<byte> key, out int keyLength, out int jsonBytes)
    {
        keyLength = 0;
        jsonBytes = 0;
        if (!TryReadCount(row, out var fields) || fields != _types.Length)
        {
            return StateStatus.BadTuple;
        }

        Span<int> starts = stackalloc int[TableSchema.MaxColumns];
        var position = sizeof(ushort);
        for (var i = 0; i < _types.Length; i++)
        {
            starts[i] = position;
            if (!Field.TryRead(row, ref position, _types[i], _nullable[i], out var field))
            {
                return StateStatus.BadTuple;
            }

            jsonBytes += TableJson.MaxValueBytes(field);
        }

        if (position != row.Length)
        {
            return StateStatus.BadTuple;
        }

        foreach (var column in _keyColumns)
        {
            position = starts[column];
            if (!KeyEncoding.TryAppend(Field.ReadTrusted(row, ref position), key, ref keyLength))
            {
                return StateStatus.TooLarge;
            }
        }

        return StateStatus.Ok;
    }

    /// <summary>Checks a key tuple, or with <paramref name="allowPrefix"/> its first fields, and writes the key bytes.</summary>
    public StateStatus TryEncodeKey(ReadOnlySpan<byte> tuple, bool allowPrefix, Span<byte> key, out int keyLength)
    {
        keyLength = 0;
        if (!TryReadCount(tuple, out var fields) || fields > _keyColumns.Length || (!allowPrefix && fields != _keyColumns.Length))
        {
            return StateStatus.BadTuple;
        }

        var position = sizeof(ushort);
        for (var i = 0; i < fields; i++)
        {
            if (!Field.TryRead(tuple, ref position, _types[_keyColumns[i]], nullable: false, out var field))
            {
                return StateStatus.BadTuple;
            }

            if (!KeyEncoding.TryAppend(field, key, ref keyLength))
            {
                return StateStatus.TooLarge;
            }
        }

        return position == tuple.Length ? StateStatus.Ok : StateStatus.BadTuple;
    }

    /// <summary>A checked row as it is kept: a copy whose floats are normal, so equal rows are equal bytes.</summary>
    public byte[] Keep(ReadOnlySpan<byte> row)
    {
        var kept = row.ToArray();
        if (!_hasFloats)
        {
            return kept;
        }

        var position = sizeof(ushort);
        for (var i = 0; i < _types.Length; i++)
        {
            var value = position + 1;
            var field = Field.ReadTrusted(kept, ref position);
            if (field.Tag == (byte)ColumnType.Float64)
            {
                var normal = KeyEncoding.Normalise(field.Float64, _isKey[i]);
                BinaryPrimitives.WriteDoubleLittleEndian(kept.AsSpan(value), normal);
            }
        }

        return kept;
    }

    private static bool TryReadCount(ReadOnlySpan<byte> tuple, out int fields)
    {
        var ok = BinaryPrimitives.TryReadUInt16LittleEndian(tuple, out var count);
        fields = count;
        return ok;
    }
}
