using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Key bytes whose unsigned byte order is the order of the values, field by field, and of which no key is a prefix of
/// another field sequence: so one byte comparison orders rows and a prefix of fields is a prefix of bytes.
/// <code>
/// int64, timestamp   big-endian with the sign bit flipped
/// decimal 128 bits big-endian with the sign bit flipped
/// float64 big-endian; sign bit flipped when positive, all bits when negative; -0 as +0; one NaN, above +Infinity
/// bool    0 or 1
/// text    UTF-8, then 00 01 (byte order = COLLATE "C")
/// bytes   each 00 written as 00 FF, then 00 01
/// </code>
/// In an index a nullable column has one byte before it, 0, or 1 alone for null: nulls come last.
/// </summary>
internal static class KeyEncoding
{
    private const ulong SignBit = 0x8000_0000_0000_0000;
    public const byte Escaped = 0xFF;
    private const byte End = 0x01;

    /// <summary>Appends one field; false when <paramref name="target"/> is full, which means the key is too large.</summary>
    public static bool TryAppend(in Field field, Span<byte> target, ref int length) => (ColumnType)field.Tag switch
    {
        ColumnType.Int64 or ColumnType.Timestamp => TryAppendInt64(field.Int64, target, ref length),
        ColumnType.Float64 => TryAppendFloat64(field.Float64, target, ref length),
        ColumnType.Bool => TryAppendByte(field.Value[0], target, ref length),
        ColumnType.Decimal => TryAppendUnits(field.Units, target, ref length),
        _ => TryAppendEscaped(field.Value, target, ref length),
    };

    public static bool TryAppendInt64(long value, Span<byte> target, ref int length) =>
        TryAppendUInt64((ulong)value ^ SignBit, target, ref length);

    public static bool TryAppendFloat64(double value, Span<byte> target, ref int length)
    {
        var bits = BitConverter.DoubleToUInt64Bits(Normalise(value, isKey: true));
        return TryAppendUInt64((bits & SignBit) == 0 ? bits ^ SignBit : ~bits, target, ref length);
    }

    public static bool TryAppendUnits(Int128 value, Span<byte> target, ref int length)
    {
        var units = (UInt128)value;
        return TryAppendUInt64((ulong)(units >> 64) ^ SignBit, target, ref length) && TryAppendUInt64((ulong)units, target, ref length);
    }

    /// <summary>Reads what <see cref="TryAppendInt64"/> wrote.</summary>
    public static long ReadInt64(ReadOnlySpan<byte> source) => (long)(BinaryPrimitives.ReadUInt64BigEndian(source) ^ SignBit);

    public static double ReadFloat64(ReadOnlySpan<byte> source)
    {
        var bits = BinaryPrimitives.ReadUInt64BigEndian(source);
        return BitConverter.UInt64BitsToDouble((bits & SignBit) != 0 ? bits ^ SignBit : ~bits);
    }

    public static Int128 ReadUnits(ReadOnlySpan<byte> source) =>
        (Int128)new UInt128(BinaryPrimitives.ReadUInt64BigEndian(source) ^ SignBit, BinaryPrimitives.ReadUInt64BigEndian(source[sizeof(ulong)..]));

    /// <summary>Appends a field of a nullable column.</summary>
    public static bool TryAppendNullable(in Field field, Span<byte> target, ref int length) =>
        field.IsNull ? TryAppendByte(1, target, ref length) : TryAppendByte(0, target, ref length) && TryAppend(field, target, ref length);

    /// <summary>NaN has one bit pattern everywhere, since JSON carries only its name; a key has no negative zero.</summary>
    public static double Normalise(double value, bool isKey)
    {
        if (double.IsNaN(value))
        {
            return BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);
        }

        return isKey && value == 0 ? 0.0 : value;
    }

    private static bool TryAppendUInt64(ulong value, Span<byte> target, ref int length)
    {
        if (!BinaryPrimitives.TryWriteUInt64BigEndian(target[length..], value))
        {
            return false;
        }

        length += sizeof(ulong);
        return true;
    }

    public static bool TryAppendByte(byte value, Span<byte> target, ref int length)
    {
        if (length == target.Length)
        {
            return false;
        }

        target[length++] = value;
        return true;
    }

    /// <summary>Text, bytes and json.</summary>
    public static bool TryAppendEscaped(ReadOnlySpan<byte> value, Span<byte> target, ref int length)
    {
        while (true)
        {
            var zero = value.IndexOf((byte)0);
            var plain = zero < 0 ? value : value[..zero];
            if (target.Length - length < plain.Length + 2)
            {
                return false;
            }

            plain.CopyTo(target[length..]);
            length += plain.Length;
            target[length++] = 0;
            if (zero < 0)
            {
                target[length++] = End;
                return true;
            }

            target[length++] = Escaped;
            value = value[(zero + 1)..];
        }
    }
}
