using System.Buffers.Binary;
using Voxeltron.Ultra;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A row with json columns as it is kept: each value in RFC 8785 form, so that equal values are equal bytes. Refused are
/// duplicate names, U+0000, and numbers whose value a double would change.
/// </summary>
/// <remarks>Not on the hot path: a canonicalisation allocates.</remarks>
internal static class JsonFields
{
    public static bool TryCanonicalise(ReadOnlySpan<byte> row, ReadOnlySpan<FieldRule> rules, out byte[] canonical)
    {
        canonical = [];
        var tuple = new List<byte>(row.Length + 16);
        var position = sizeof(ushort);
        var copied = 0;
        Span<byte> length = stackalloc byte[sizeof(uint)];
        foreach (ref readonly var rule in rules)
        {
            if (!Field.TryRead(row, ref position, rule, out var field))
            {
                return false;
            }

            if ((ColumnType)field.Tag != ColumnType.Json)
            {
                continue;
            }

            byte[] value;
            try
            {
                value = Jcs.CanonicalizeExact(field.Value);
            }
            catch (JcsException)
            {
                return false;
            }

            // Everything up to the field's tag as it came, then the value anew.
            tuple.AddRange(row[copied..(position - field.Value.Length - sizeof(uint))]);
            BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)value.Length);
            tuple.AddRange(length);
            tuple.AddRange(value);
            copied = position;
        }

        tuple.AddRange(row[copied..]);
        canonical = [.. tuple];
        return true;
    }
}
