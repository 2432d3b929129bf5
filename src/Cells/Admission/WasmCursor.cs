using System.Text;

namespace Voxeltron.Cells;

/// <summary>Reads a module's bytes forward. Every length is checked against what is left; nothing is trusted.</summary>
internal ref struct WasmCursor(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Bytes not taken yet.</summary>
    public readonly int Left => _rest.Length;

    public byte Byte() => Take(1)[0];

    public uint U32() => (uint)Leb(maxBytes: 5);

    public ulong U64() => Leb(maxBytes: 10);

    /// <summary>An integer whose value nobody asks for.</summary>
    public void SkipLeb()
    {
        const int longest = 10;
        for (var i = 0; i < longest; i++)
        {
            if ((Byte() & 0x80) == 0)
            {
                return;
            }
        }

        throw new WasmFormatException("integer representation too long");
    }

    public ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)_rest.Length)
        {
            throw new WasmFormatException("unexpected end");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }

    public string Name()
    {
        try
        {
            return StrictUtf8.GetString(Take(U32()));
        }
        catch (DecoderFallbackException)
        {
            throw new WasmFormatException("malformed UTF-8 in a name");
        }
    }

    private ulong Leb(int maxBytes)
    {
        var value = 0UL;
        for (var i = 0; i < maxBytes; i++)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << (7 * i);
            if ((next & 0x80) == 0)
            {
                return value;
            }
        }

        throw new WasmFormatException("integer representation too long");
    }
}
