namespace Voxeltron.Cells;

/// <summary>
/// Walks instructions of the features that are on (<see cref="EngineConfig"/>): what each takes besides its opcode, and nothing else.
/// WebAssembly core specification 2.0, section 5.4.
/// </summary>
internal static class WasmInstructions
{
    public const uint End = 0x0B;
    public const uint TableSet = 0x26;
    public const uint DataDrop = Bulk | 9;
    public const uint TableInit = Bulk | 12;
    public const uint ElementDrop = Bulk | 13;
    public const uint TableCopy = Bulk | 14;
    public const uint TableGrow = Bulk | 15;
    public const uint TableFill = Bulk | 17;

    private const uint Bulk = 0xFC00;
    private const uint Vector = 0xFD00;

    /// <returns>The opcode; of prefixed ones the prefix, then its number in the low byte.</returns>
    /// <exception cref="WasmFormatException">An instruction this page of the specification does not have.</exception>
    public static uint Read(ref WasmCursor code)
    {
        var opcode = code.Byte();
        switch (opcode)
        {
            case 0x00 or 0x01 or 0x05 or 0x0B or 0x0F or 0x1A or 0x1B or 0xD1 or (>= 0x45 and <= 0xC4):
                break;
            case 0x02 or 0x03 or 0x04 or 0x0C or 0x0D or 0x10 or (>= 0x20 and <= 0x26) or 0x3F or 0x40 or 0x41 or 0x42 or 0xD0 or 0xD2:
                code.SkipLeb();
                break;
            case 0x11 or (>= 0x28 and <= 0x3E):
                code.SkipLeb();
                code.SkipLeb();
                break;
            case 0x0E:
                for (var labels = (ulong)code.U32() + 1; labels > 0; labels--)
                {
                    code.SkipLeb();
                }

                break;
            case 0x1C:
                code.Take(code.U32());
                break;
            case 0x43:
                code.Take(4);
                break;
            case 0x44:
                code.Take(8);
                break;
            case 0xFC:
                return ReadBulk(ref code);
            case 0xFD:
                return ReadVector(ref code);
            default:
                throw new WasmFormatException($"unknown instruction 0x{opcode:X2}");
        }

        return opcode;
    }

    private static uint ReadBulk(ref WasmCursor code)
    {
        var number = code.U32();
        switch (number)
        {
            case <= 7:
                break;
            case 9 or 11 or 13 or 15 or 16 or 17:
                code.SkipLeb();
                break;
            case 8 or 10 or 12 or 14:
                code.SkipLeb();
                code.SkipLeb();
                break;
            default:
                throw new WasmFormatException($"unknown instruction 0xFC {number}");
        }

        return Bulk | number;
    }

    private static uint ReadVector(ref WasmCursor code)
    {
        var number = code.U32();
        switch (number)
        {
            case 12 or 13:
                code.Take(16);
                break;
            case >= 21 and <= 34:
                code.Take(1);
                break;
            case <= 11 or 92 or 93:
                code.SkipLeb();
                code.SkipLeb();
                break;
            case >= 84 and <= 91:
                code.SkipLeb();
                code.SkipLeb();
                code.Take(1);
                break;
            case <= 255:
                break;
            default:
                throw new WasmFormatException($"unknown instruction 0xFD {number}");
        }

        return Vector | number;
    }
}
