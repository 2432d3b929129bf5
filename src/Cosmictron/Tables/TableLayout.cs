using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Checks tuples of one table and takes keys from them. Everything derived from the schema is computed once here; the
/// checks run on every state operation. Hot path: no allocation.
/// </summary>
internal sealed class TableLayout
{
    private readonly FieldRule[] _rules;
    private readonly bool[] _isKey;
    private readonly bool _hasFloats;

    public TableLayout(TableSchema schema)
    {
        var count = schema.Columns.Count;
        _rules = new FieldRule[count];
        _isKey = new bool[count];
        for (var i = 0; i < count; i++)
        {
            _rules[i] = FieldRule.Of(schema.Columns[i]);
            _hasFloats |= _rules[i].Type == ColumnType.Float64;
            HasJson |= _rules[i].Type == ColumnType.Json;
        }

        Key = new KeyColumns(schema, schema.Key, _rules);
        foreach (var column in Key.Columns)
        {
            _isKey[column] = true;
        }

        Indexes = new KeyColumns[schema.Indexes.Count];
        for (var i = 0; i < Indexes.Length; i++)
        {
            Indexes[i] = new KeyColumns(schema, schema.Indexes[i].Columns, _rules);
        }

        Json = new TableJson(schema);
    }

    /// <summary>How rows and keys of this table are written as JSON.</summary>
    public TableJson Json { get; }

    public KeyColumns Key { get; }

    public KeyColumns[] Indexes { get; }

    /// <summary>Rows must pass through <see cref="JsonFields"/> first.</summary>
    public bool HasJson { get; }

    public ReadOnlySpan<FieldRule> Rules => _rules;

    /// <summary>Checks a row and finds its fields; also an upper bound of its fields' size in JSON, exact for text.</summary>
    public bool TryRead(ReadOnlySpan<byte> row, Span<int> starts, out int jsonBytes)
    {
        jsonBytes = 0;
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(row, out var fields) || fields != _rules.Length)
        {
            return false;
        }

        var position = sizeof(ushort);
        for (var i = 0; i < _rules.Length; i++)
        {
            starts[i] = position;
            if (!Field.TryRead(row, ref position, _rules[i], out var field))
            {
                return false;
            }

            jsonBytes += TableJson.MaxValueBytes(field);
        }

        return position == row.Length;
    }

    /// <summary>Makes the floats of a checked row normal where it lies, so that equal rows are equal bytes.</summary>
    public void Normalise(Span<byte> row)
    {
        if (!_hasFloats)
        {
            return;
        }

        var position = sizeof(ushort);
        for (var i = 0; i < _rules.Length; i++)
        {
            var value = position + 1;
            var field = Field.ReadTrusted(row, ref position);
            if (field.Tag == (byte)ColumnType.Float64)
            {
                var normal = KeyEncoding.Normalise(field.Float64, _isKey[i]);
                BinaryPrimitives.WriteDoubleLittleEndian(row[value..], normal);
            }
        }
    }

    /// <summary><see cref="Normalise"/> would change nothing.</summary>
    public bool IsNormal(Span<byte> row)
    {
        if (!_hasFloats)
        {
            return true;
        }

        var normal = row.ToArray();
        Normalise(normal);
        return row.SequenceEqual(normal);
    }
}
