using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>The columns of a key or an index, in order: makes ordered bytes of them, from a row or from a key tuple.</summary>
internal sealed class KeyColumns
{
    private readonly int[] _columns;
    private readonly FieldRule[] _rules;

    public KeyColumns(TableSchema schema, IReadOnlyList<string> names, FieldRule[] rules)
    {
        _columns = new int[names.Count];
        _rules = new FieldRule[names.Count];
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = schema.ColumnOf(names[i]);
            _rules[i] = rules[_columns[i]];
        }
    }

    public ReadOnlySpan<int> Columns => _columns;

    /// <param name="starts">Where the row's fields begin, by column.</param>
    /// <returns>False when the target is full: the key is too large.</returns>
    public bool TryEncodeRow(ReadOnlySpan<byte> row, ReadOnlySpan<int> starts, Span<byte> target, out int length, out bool hasNull)
    {
        length = 0;
        hasNull = false;
        for (var i = 0; i < _columns.Length; i++)
        {
            var position = starts[_columns[i]];
            var field = Field.ReadTrusted(row, ref position);
            hasNull |= field.IsNull;
            if (!TryAppend(_rules[i], field, target, ref length))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks a key tuple, or with <paramref name="allowPrefix"/> its first fields, and writes the ordered bytes.</summary>
    /// <param name="hasNull">A field is null, which only a nullable index column may be.</param>
    public StateStatus TryEncodeTuple(ReadOnlySpan<byte> tuple, bool allowPrefix, Span<byte> target, out int length, out bool hasNull)
    {
        length = 0;
        hasNull = false;

        // Refused unread: beside tag and length no field is shorter in a key than in its tuple.
        if (tuple.Length > sizeof(ushort) + (_columns.Length * (1 + sizeof(uint))) + target.Length)
        {
            return StateStatus.TooLarge;
        }

        if (!BinaryPrimitives.TryReadUInt16LittleEndian(tuple, out var fields) || fields > _columns.Length || (!allowPrefix && fields != _columns.Length))
        {
            return StateStatus.BadTuple;
        }

        var position = sizeof(ushort);
        for (var i = 0; i < fields; i++)
        {
            if (!Field.TryRead(tuple, ref position, _rules[i], out var field))
            {
                return StateStatus.BadTuple;
            }

            hasNull |= field.IsNull;
            if (!TryAppend(_rules[i], field, target, ref length))
            {
                return StateStatus.TooLarge;
            }
        }

        return position == tuple.Length ? StateStatus.Ok : StateStatus.BadTuple;
    }

    private static bool TryAppend(in FieldRule rule, in Field field, Span<byte> target, ref int length) =>
        rule.Nullable ? KeyEncoding.TryAppendNullable(field, target, ref length) : KeyEncoding.TryAppend(field, target, ref length);
}
