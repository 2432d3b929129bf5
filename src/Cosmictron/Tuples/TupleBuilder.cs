using System.Buffers.Binary;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>Builds a row or key tuple field by field. For hosts, tools and tests; guests build theirs in the SDK.</summary>
public sealed class TupleBuilder
{
    private byte[] _buffer = new byte[64];
    private int _length = sizeof(ushort);
    private ushort _fields;

    public TupleBuilder Null()
    {
        Grow(1)[0] = Field.NullTag;
        return this;
    }

    public TupleBuilder Int64(long value) => Number(ColumnType.Int64, value);

    public TupleBuilder Float64(double value)
    {
        var target = Grow(1 + sizeof(double));
        target[0] = (byte)ColumnType.Float64;
        BinaryPrimitives.WriteDoubleLittleEndian(target[1..], value);
        return this;
    }

    public TupleBuilder Bool(bool value)
    {
        var target = Grow(2);
        target[0] = (byte)ColumnType.Bool;
        target[1] = value ? (byte)1 : (byte)0;
        return this;
    }

    public TupleBuilder Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Encoding.UTF8.GetBytes(value, Variable(ColumnType.Text, length));
        return this;
    }

    public TupleBuilder Bytes(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Variable(ColumnType.Bytes, value.Length));
        return this;
    }

    /// <param name="units">The value in units of 10^-scale of its column.</param>
    public TupleBuilder Decimal(Int128 units)
    {
        var target = Grow(1 + 16);
        target[0] = (byte)ColumnType.Decimal;
        BinaryPrimitives.WriteInt128LittleEndian(target[1..], units);
        return this;
    }

    public TupleBuilder Timestamp(long unixUs) => Number(ColumnType.Timestamp, unixUs);

    /// <param name="utf8">One JSON value; the store keeps its RFC 8785 form.</param>
    public TupleBuilder Json(ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(Variable(ColumnType.Json, utf8.Length));
        return this;
    }

    /// <summary>The tuple so far; the builder may go on and gives a longer one later.</summary>
    public byte[] ToArray()
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer, _fields);
        return _buffer.AsSpan(0, _length).ToArray();
    }

    private TupleBuilder Number(ColumnType type, long value)
    {
        var target = Grow(1 + sizeof(long));
        target[0] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(target[1..], value);
        return this;
    }

    private Span<byte> Variable(ColumnType type, int length)
    {
        var target = Grow(1 + sizeof(uint) + length);
        target[0] = (byte)type;
        BinaryPrimitives.WriteUInt32LittleEndian(target[1..], (uint)length);
        return target[(1 + sizeof(uint))..];
    }

    private Span<byte> Grow(int count)
    {
        if (_length + count > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        _fields = checked((ushort)(_fields + 1));
        _length += count;
        return _buffer.AsSpan(_length - count, count);
    }
}
