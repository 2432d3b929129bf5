using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>One tuple that is written again and again (layout: <see cref="Field"/>). Grows to the longest.</summary>
internal sealed class TupleBytes
{
    private byte[] _bytes = new byte[128];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Begin(int fields)
    {
        _length = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), (ushort)fields);
    }

    public void Null() => Take(1)[0] = Field.NullTag;

    /// <param name="type">Of eight bytes.</param>
    public void Int64(ColumnType type, long value)
    {
        var target = Take(1 + sizeof(long));
        target[0] = (byte)type;
        BinaryPrimitives.WriteInt64LittleEndian(target[1..], value);
    }

    public void Bool(byte value)
    {
        var target = Take(2);
        target[0] = (byte)ColumnType.Bool;
        target[1] = value;
    }

    public void Units(Int128 value)
    {
        var target = Take(1 + 16);
        target[0] = (byte)ColumnType.Decimal;
        BinaryPrimitives.WriteInt128LittleEndian(target[1..], value);
    }

    /// <summary>Text, bytes or json from its ordered encoding.</summary>
    /// <returns>Bytes read.</returns>
    public int Escaped(ColumnType type, ReadOnlySpan<byte> source)
    {
        var head = _length;
        Take(1 + sizeof(uint));
        var read = 0;
        while (true)
        {
            var zero = source[read..].IndexOf((byte)0);
            source.Slice(read, zero).CopyTo(Take(zero));
            read += zero + 2;
            if (source[read - 1] != KeyEncoding.Escaped)
            {
                break;
            }

            Take(1)[0] = 0;
        }

        _bytes[head] = (byte)type;
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(head + 1), (uint)(_length - head - 1 - sizeof(uint)));
        return read;
    }

    private Span<byte> Take(int count)
    {
        if (_length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
        }

        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
