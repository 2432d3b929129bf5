namespace Voxeltron.Cosmictron;

/// <summary>Growing bytes that rows are written into, field by field, in the row format of <see cref="RowCodec"/>.</summary>
internal sealed class RowBuffer
{
    // A huge step's array is not kept: a mission's views have some hundred of these.
    private const int KeptBytes = 64 * 1024;
    private const int FirstBytes = 256;

    private byte[] _bytes = new byte[FirstBytes];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlySpan<byte> Slice(int offset, int length) => _bytes.AsSpan(offset, length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytes)
        {
            _bytes = new byte[FirstBytes];
        }
    }

    /// <summary>Forgets what was written behind this place.</summary>
    public void Cut(int length) => Length = length;

    /// <param name="bytes">May lie in this buffer.</param>
    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    /// <summary>The bytes of a field, each inverted: so they sort the other way round.</summary>
    public void AppendInverted(ReadOnlySpan<byte> bytes)
    {
        var target = Take(bytes.Length);
        for (var i = 0; i < bytes.Length; i++)
        {
            target[i] = (byte)~bytes[i];
        }
    }

    public void AppendByte(byte value) => Take(1)[0] = value;

    public void AppendNull() => AppendByte(RowCodec.Null);

    public void AppendInt64(long value)
    {
        var target = Take(1 + sizeof(long));
        var length = 0;
        KeyEncoding.TryAppendByte(RowCodec.NotNull, target, ref length);
        KeyEncoding.TryAppendInt64(value, target, ref length);
    }

    public void AppendUnits(Int128 value)
    {
        var target = Take(1 + 16);
        var length = 0;
        KeyEncoding.TryAppendByte(RowCodec.NotNull, target, ref length);
        KeyEncoding.TryAppendUnits(value, target, ref length);
    }

    /// <summary>A field of a stored tuple.</summary>
    public void AppendField(in Field field)
    {
        // Each byte may be escaped.
        var start = Length;
        var target = Take(1 + (field.Value.Length * 2) + 2);
        var length = 0;
        KeyEncoding.TryAppendNullable(field, target, ref length);
        Length = start + length;
    }

    /// <summary>The value of an expression of that type.</summary>
    public void AppendValue(ColumnType type, in Value value, in EvaluationContext context)
    {
        if (value.IsNull)
        {
            AppendNull();
            return;
        }

        var start = Length;
        var text = type is ColumnType.Text or ColumnType.Bytes or ColumnType.Json ? value.Bytes(context) : default;
        var target = Take(1 + 16 + (text.Length * 2) + 2);
        var length = 0;
        KeyEncoding.TryAppendByte(RowCodec.NotNull, target, ref length);
        _ = type switch
        {
            ColumnType.Int64 or ColumnType.Timestamp => KeyEncoding.TryAppendInt64(value.Int64, target, ref length),
            ColumnType.Float64 => KeyEncoding.TryAppendFloat64(value.Float64, target, ref length),
            ColumnType.Bool => KeyEncoding.TryAppendByte(value.Bool ? (byte)1 : (byte)0, target, ref length),
            ColumnType.Decimal => KeyEncoding.TryAppendUnits(value.Units, target, ref length),
            _ => KeyEncoding.TryAppendEscaped(text, target, ref length),
        };
        Length = start + length;
    }

    private Span<byte> Take(int count)
    {
        if (Length + count > _bytes.Length)
        {
            // Whoever appends a part of this buffer reads it from the old array, which lives as long as that span.
            var grown = GC.AllocateUninitializedArray<byte>(Math.Max(_bytes.Length * 2, Length + count));
            _bytes.AsSpan(0, Length).CopyTo(grown);
            _bytes = grown;
        }

        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }
}
