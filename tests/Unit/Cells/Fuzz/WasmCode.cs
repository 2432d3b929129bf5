using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Where instructions of a function's body begin and end, as far as this reader knows them.</summary>
internal static class WasmCode
{
    public readonly record struct Instruction(int At, byte Opcode, int Length);

    /// <summary>Without the last <c>end</c>. Stops where an instruction is unknown.</summary>
    public static List<Instruction> Of(byte[] body)
    {
        var all = new List<Instruction>();
        try
        {
            var place = new WasmPlace(body);
            for (var groups = place.Number(); groups > 0; groups--)
            {
                place.Number();
                place.Skip(1);
            }

            while (place.At < body.Length - 1)
            {
                var at = place.At;
                var opcode = place.Byte();
                Operands(ref place, opcode);
                all.Add(new Instruction(at, opcode, place.At - at));
            }
        }
        catch (WasmFormatException)
        {
            // What another mutation left of a body: what was read so far.
        }

        return all;
    }

    private static void Operands(ref WasmPlace place, byte opcode)
    {
        switch (opcode)
        {
            case 0x02 or 0x03 or 0x04 or 0x0C or 0x0D or 0x10 or (>= 0x20 and <= 0x26) or 0x3F or 0x40 or 0x41 or 0x42 or 0xD0 or 0xD2:
                place.Number();
                break;
            case 0x0E:
                place.Numbers((int)Math.Min(place.Number(), 1 << 20) + 1);
                break;
            case 0x11 or (>= 0x28 and <= 0x3E):
                place.Numbers(2);
                break;
            case 0x1C:
                place.Prefixed();
                break;
            case 0x43:
                place.Skip(4);
                break;
            case 0x44:
                place.Skip(8);
                break;
            case 0xFC:
                place.Numbers(place.Number() switch { < 8 => 0, 9 or 11 or 13 or 15 or 16 or 17 => 1, _ => 2 });
                break;
            case 0xFD:
                VectorOperands(ref place);
                break;
            default:
                _ = opcode is 0x00 or 0x01 or 0x05 or 0x0B or 0x0F or 0x1A or 0x1B or 0xD1 or (>= 0x45 and <= 0xC4)
                    ? true
                    : throw new WasmFormatException("an unknown instruction");
                break;
        }
    }

    private static void VectorOperands(ref WasmPlace place)
    {
        switch (place.Number())
        {
            case <= 11 or 92 or 93:
                place.Numbers(2);
                break;
            case 12 or 13:
                place.Skip(16);
                break;
            case >= 21 and <= 34:
                place.Skip(1);
                break;
            case >= 84 and <= 91:
                place.Numbers(2);
                place.Skip(1);
                break;
        }
    }
}
