using System.Buffers.Text;

namespace Voxeltron.Ultra;

/// <summary>A growing byte buffer, cut back and reused by its one owner. Not thread-safe.</summary>
internal sealed class JcsBuffer(int capacity)
{
    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public int Capacity => _bytes.Length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Truncate(int length) => Length = length;

    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    public void AppendInteger(long value)
    {
        Utf8Formatter.TryFormat(value, Reserve(20), out var written);
        Length += written;
    }

    /// <summary>Room for <paramref name="count"/> bytes after what is written; call <see cref="Advance"/> with what was used.</summary>
    public Span<byte> Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Grow(count);
        }

        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    private void Grow(int count) => Array.Resize(ref _bytes, checked(Math.Max(_bytes.Length * 2, Length + count)));
}
