using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>A position in a module's bytes that steps over the forms found there. What does not fit is a <see cref="WasmFormatException"/>.</summary>
internal ref struct WasmPlace(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int At { get; private set; }

    public readonly bool AtEnd => At == _bytes.Length;

    public byte Byte()
    {
        Skip(1);
        return _bytes[At - 1];
    }

    public void Skip(long count) => At = count >= 0 && count <= _bytes.Length - At ? At + (int)count : throw new WasmFormatException("unexpected end");

    /// <summary>Of up to 64 bits, unsigned; of a signed one the bits.</summary>
    public ulong Number()
    {
        var value = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new WasmFormatException("a number without an end");
    }

    public void Numbers(int count)
    {
        for (; count > 0; count--)
        {
            Number();
        }
    }

    public void Prefixed() => Skip((long)Math.Min(Number(), int.MaxValue));

    public void Limits() => Numbers((Byte() & 1) != 0 ? 2 : 1);

    /// <summary>i32.const OFFSET end, as every toolchain writes it.</summary>
    public void Offset()
    {
        Expect(0x41);
        Number();
        Expect(0x0B);
    }

    public void Expect(byte value)
    {
        if (Byte() != value)
        {
            throw new WasmFormatException("another form");
        }
    }
}
