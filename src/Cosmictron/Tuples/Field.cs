using System.Buffers.Binary;
using System.Text.Unicode;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One field inside a tuple, found but not copied. Layout of a tuple, all integers little-endian:
/// <code>
/// u16 fields | per field: u8 tag | value
/// tag 0 null    nothing
/// tag 1 int64   8 bytes
/// tag 2 float64 8 bytes (IEEE 754)
/// tag 3 bool    1 byte, 0 or 1
/// tag 4 text    u32 length | UTF-8 without U+0000
/// tag 5 bytes   u32 length | bytes
/// tag 6 decimal 16 bytes, two's complement, in units of 10^-scale of its column
/// tag 7 timestamp 8 bytes, Unix microseconds
/// tag 8 json    u32 length | RFC 8785 text
/// </code>
/// The same layout is in docs/abi.md and sdk/c/vx.h; change all three or none.
/// </summary>
internal readonly ref struct Field
{
    public const byte NullTag = 0;

    private Field(byte tag, ReadOnlySpan<byte> value)
    {
        Tag = tag;
        Value = value;
    }

    public byte Tag { get; }

    /// <summary>The value's bytes without tag and length.</summary>
    public ReadOnlySpan<byte> Value { get; }

    public bool IsNull => Tag == NullTag;

    public long Int64 => BinaryPrimitives.ReadInt64LittleEndian(Value);

    public double Float64 => BinaryPrimitives.ReadDoubleLittleEndian(Value);

    public bool Bool => Value[0] != 0;

    /// <summary>A decimal's value in units of its column's scale.</summary>
    public Int128 Units => BinaryPrimitives.ReadInt128LittleEndian(Value);

    /// <summary>
    /// Reads the field at <paramref name="position"/> and moves past it; false when it is malformed or of another type.
    /// Whether the text of a json field is JSON is for <see cref="JsonFields"/>.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> tuple, ref int position, in FieldRule rule, out Field field)
    {
        field = default;
        if ((uint)position >= (uint)tuple.Length)
        {
            return false;
        }

        var tag = tuple[position++];
        if (tag == NullTag)
        {
            return rule.Nullable;
        }

        if (tag != (byte)rule.Type || !TryTake(tuple, ref position, rule.Type, out var value))
        {
            return false;
        }

        field = new Field(tag, value);
        return rule.Type switch
        {
            ColumnType.Bool => value[0] <= 1,
            // Postgres text holds no U+0000; a row that cannot be shown in SQL is refused at the door.
            ColumnType.Text => Utf8.IsValid(value) && !value.Contains((byte)0),
            ColumnType.Decimal => field.Units < rule.Bound && field.Units > -rule.Bound,
            ColumnType.Timestamp => field.Int64 is >= TimestampText.MinUs and <= TimestampText.MaxUs,
            _ => true,
        };
    }

    /// <summary>Reads a field of a stored tuple, whose form was checked when it was put.</summary>
    public static Field ReadTrusted(ReadOnlySpan<byte> tuple, ref int position)
    {
        var tag = tuple[position++];
        if (tag == NullTag)
        {
            return default;
        }

        TryTake(tuple, ref position, (ColumnType)tag, out var value);
        return new Field(tag, value);
    }

    private static bool TryTake(ReadOnlySpan<byte> tuple, ref int position, ColumnType type, out ReadOnlySpan<byte> value)
    {
        var rest = tuple[position..];
        value = default;
        int length;
        if (type is ColumnType.Text or ColumnType.Bytes or ColumnType.Json)
        {
            if (rest.Length < sizeof(uint))
            {
                return false;
            }

            var declared = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            rest = rest[sizeof(uint)..];
            position += sizeof(uint);
            if (declared > (uint)rest.Length)
            {
                return false;
            }

            length = (int)declared;
        }
        else
        {
            length = type switch
            {
                ColumnType.Bool => 1,
                ColumnType.Decimal => 16,
                _ => sizeof(long),
            };
            if (rest.Length < length)
            {
                return false;
            }
        }

        value = rest[..length];
        position += length;
        return true;
    }
}
