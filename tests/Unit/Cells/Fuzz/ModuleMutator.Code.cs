namespace Voxeltron.Tests.Unit.Cells;

/// <summary>Changes inside function bodies.</summary>
internal sealed partial class ModuleMutator
{
    // Instructions that take and give the same types: one in the place of another leaves the body valid.
    private static readonly (byte From, byte To)[] s_alike =
        [(0x46, 0x4F), (0x51, 0x5A), (0x5B, 0x60), (0x61, 0x66), (0x67, 0x69), (0x6A, 0x78), (0x79, 0x7B), (0x7C, 0x8A), (0x8B, 0x91), (0x92, 0x98), (0x99, 0x9F), (0xA0, 0xA6), (0x2C, 0x2F), (0x30, 0x35)];

    /// <summary>One instruction becomes another, gets another operand, or is gone.</summary>
    private bool Body(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Code, out var bodies, out var at) || WasmCode.Of(bodies[at]) is not { Count: > 0 } code)
        {
            return false;
        }

        var body = bodies[at];
        var (place, opcode, length) = code[random.Next(code.Count)];
        var alike = Array.FindIndex(s_alike, range => opcode >= range.From && opcode <= range.To);
        byte[] instead = body[place..(place + length)];
        switch (random.Next(8))
        {
            case 0:
                instead = [0x00];
                break;
            case 1 when random.Next(4) == 0:
                instead[0] = (byte)random.Next(256);
                break;
            case 2 when random.Next(4) == 0:
                instead = [];
                break;
            case <= 4 when alike >= 0:
                instead[0] = (byte)random.Next(s_alike[alike].From, s_alike[alike].To + 1);
                break;
            default:
                if (length == 1)
                {
                    return false;
                }

                instead = [opcode, .. Operand(opcode, instead[1..])];
                break;
        }

        bodies[at] = [.. body[..place], .. instead, .. body[(place + length)..]];
        return Say($"body {at} at {place}: {opcode:x2} to {Convert.ToHexStringLower(instead)}");
    }

    private byte[] Operand(byte opcode, byte[] old)
    {
        switch (opcode)
        {
            case 0x41:
                return WasmParts.SignedLeb((int)Number());
            case 0x42:
                return WasmParts.SignedLeb((long)Number());
            case 0x43 or 0x44:
                // A NaN of some payload, an infinity, a zero of either sign.
                random.NextBytes(old);
                old[^1] = random.Next(2) == 0 ? (byte)0x7F : (byte)0xFF;
                old[^2] |= 0xF0;
                return random.Next(3) == 0 ? [.. new byte[old.Length - 1], (byte)random.Next(256)] : old;
            case >= 0x28 and <= 0x3E:
                // The alignment stays: too large a one is invalid at once.
                return [old[0], .. WasmParts.Leb((uint)Number())];
            default:
                // An index or a depth: near the old one it is often there.
                var place = new WasmPlace(old);
                var number = place.Number();
                return [.. WasmParts.Leb(random.Next(3) == 0 ? (uint)Number() : (ulong)Math.Max(0, (long)number + random.Next(-2, 3))), .. old[place.At..]];
        }
    }

    /// <summary>Something that leaves the stack as it was, before any instruction: always valid, and now and then unkind.</summary>
    private bool Insert(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Code, out var bodies, out var at) || WasmCode.Of(bodies[at]) is not { Count: > 0 } code)
        {
            return false;
        }

        byte[] I32() => [0x41, .. WasmParts.SignedLeb((int)Number())];
        byte[] small = [0x41, .. WasmParts.SignedLeb(random.Next(70_000))];
        byte[] more = random.Next(12) switch
        {
            0 => [0x3F, 0, 0x1A],
            1 => [0x41, .. WasmParts.SignedLeb(random.Next(80)), 0x40, 0, 0x1A],
            2 => [.. I32(), .. I32(), 0x36, 2, 0],
            3 => [.. small, .. small, 0x28, 2, 0, 0x36, 2, 0],
            4 => [.. I32(), .. I32(), .. I32(), 0xFC, 11, 0],
            5 => [.. small, .. small, .. I32(), 0xFC, 10, 0, 0],
            // A NaN of which the bits reach memory: they must be the same on every machine.
            6 => [.. small, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x9F, 0x39, 3, 0],
            7 => [0x03, 0x40, 0x0C, 0, 0x0B],
            8 => [0x03, 0x40, .. small, .. I32(), .. small, 0xFC, 11, 0, 0x0C, 0, 0x0B],
            9 => [.. I32(), 0x11, 0, 0],
            _ => Call(parts),
        };
        var place = code[random.Next(code.Count)].At;
        bodies[at] = [.. bodies[at][..place], .. more, .. bodies[at][place..]];
        return more.Length > 0 && Say($"insert into body {at} at {place}: {Convert.ToHexStringLower(more)}");
    }

    /// <summary>A call of one of the module's imports, with numbers of any kind.</summary>
    private byte[] Call(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Imports, out var imports, out var at))
        {
            return [];
        }

        var place = new WasmPlace(imports[at]);
        place.Prefixed();
        place.Prefixed();
        place.Skip(1);
        var type = (int)place.Number();
        if (type >= parts.Items(WasmParts.Types).Count)
        {
            return [];
        }

        var signature = parts.Items(WasmParts.Types)[type];
        var call = new List<byte>();
        foreach (var parameter in signature.AsSpan(2, signature[1]))
        {
            var number = random.Next(2) == 0 ? random.Next(5_000) : (long)Number();
            call.AddRange(parameter == 0x7E ? [0x42, .. WasmParts.SignedLeb(number)] : [0x41, .. WasmParts.SignedLeb((int)number)]);
        }

        call.AddRange([0x10, .. WasmParts.Leb((ulong)at)]);
        call.AddRange(Enumerable.Repeat((byte)0x1A, signature[2 + signature[1]]));
        return [.. call];
    }

    /// <summary>A function gets another's body, of the same module or of any.</summary>
    private bool Splice(WasmParts parts)
    {
        var other = random.Next(3) == 0 ? WasmParts.Of(seeds[random.Next(seeds.Count)]) : parts;
        if (!TryPick(parts, WasmParts.Code, out var bodies, out var at) || !TryPick(other, WasmParts.Code, out var from, out var source))
        {
            return false;
        }

        bodies[at] = from[source];
        return Say($"body {at} from {source}{(other == parts ? "" : " of another")}");
    }
}
