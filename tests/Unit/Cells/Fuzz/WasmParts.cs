using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// A module cut into its sections, and those that are lists into their items, so that a mutator can change one and leave the rest
/// well-formed.
/// </summary>
internal sealed class WasmParts
{
    public const byte Types = 1, Imports = 2, Functions = 3, Tables = 4, Memories = 5, Globals = 6, Exports = 7, Code = 10, Data = 11;

    public List<WasmSection> Sections { get; } = [];

    public List<byte[]> Items(byte id) => Sections.Find(section => section.Id == id)?.Items ?? [];

    public static WasmParts Of(ReadOnlySpan<byte> wasm)
    {
        var parts = new WasmParts();
        var place = new WasmPlace(wasm);
        place.Skip(8);
        while (!place.AtEnd)
        {
            var id = place.Byte();
            var size = (int)Math.Min(place.Number(), int.MaxValue);
            place.Skip(size);
            parts.Sections.Add(new WasmSection(id, wasm.Slice(place.At - size, size).ToArray()));
        }

        return parts;
    }

    public byte[] ToBytes()
    {
        var bytes = new List<byte>([0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0]);
        foreach (var section in Sections)
        {
            var body = section.ToBytes();
            bytes.Add(section.Id);
            bytes.AddRange(Leb((ulong)Math.Max(0, (long)body.Length + section.SizeError)));
            bytes.AddRange(body);
        }

        return [.. bytes];
    }

    public static byte[] Leb(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    public static byte[] SignedLeb(long value)
    {
        var bytes = new List<byte>();
        for (; value is < -64 or >= 64; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)(value & 0x7F)];
    }

    /// <summary>The most locals a function of a valid module declares: the compiler's time grows faster with them than with anything else so small.</summary>
    public static long MostLocals(ReadOnlySpan<byte> wasm)
    {
        var most = 0L;
        foreach (var body in Of(wasm).Items(Code))
        {
            var place = new WasmPlace(body);
            var sum = 0L;
            for (var groups = place.Number(); groups > 0; groups--)
            {
                sum += (long)place.Number();
                place.Skip(1);
            }

            most = Math.Max(most, sum);
        }

        return most;
    }
}

internal sealed class WasmSection(byte id, byte[] body)
{
    public byte Id { get; set; } = id;

    /// <summary>What the declared size is wrong by.</summary>
    public int SizeError { get; set; }

    /// <summary>What the declared count is wrong by.</summary>
    public int CountError { get; set; }

    /// <summary>The bytes of one that is no list, or not one this reader can tell apart.</summary>
    public byte[] Body { get; set; } = body;

    /// <summary>Of code without the sizes, which are written anew. Null: <see cref="Body"/> counts.</summary>
    public List<byte[]>? Items { get; set; } = Split(id, body);

    public byte[] ToBytes() => Items is null ? Body : [.. WasmParts.Leb((ulong)Math.Max(0, (long)Items.Count + CountError)), .. Items.SelectMany(Whole)];

    private IEnumerable<byte> Whole(byte[] item) => Id == WasmParts.Code ? WasmParts.Leb((ulong)item.Length).Concat(item) : item;

    private static List<byte[]>? Split(byte id, byte[] body)
    {
        if (id is not (WasmParts.Types or WasmParts.Imports or WasmParts.Functions or WasmParts.Tables or WasmParts.Memories or WasmParts.Exports or WasmParts.Code or WasmParts.Data))
        {
            return null;
        }

        try
        {
            var items = new List<byte[]>();
            var place = new WasmPlace(body);
            for (var count = place.Number(); count > 0; count--)
            {
                var from = place.At;
                Step(ref place, id);
                var item = body[from..place.At];
                items.Add(id == WasmParts.Code ? WithoutSize(item) : item);
            }

            return place.AtEnd ? items : null;
        }
        catch (WasmFormatException)
        {
            return null;
        }
    }

    private static byte[] WithoutSize(byte[] item)
    {
        var place = new WasmPlace(item);
        place.Number();
        return item[place.At..];
    }

    private static void Step(ref WasmPlace place, byte id)
    {
        switch (id)
        {
            case WasmParts.Types:
                place.Expect(0x60);
                place.Prefixed();
                place.Prefixed();
                break;
            case WasmParts.Imports:
                place.Prefixed();
                place.Prefixed();
                // Functions are all that is imported here.
                place.Expect(0);
                place.Number();
                break;
            case WasmParts.Functions:
                place.Number();
                break;
            case WasmParts.Tables:
                place.Skip(1);
                place.Limits();
                break;
            case WasmParts.Memories:
                place.Limits();
                break;
            case WasmParts.Exports:
                place.Prefixed();
                place.Skip(1);
                place.Number();
                break;
            case WasmParts.Code:
                place.Prefixed();
                break;
            default:
                var flag = place.Number();
                place.Numbers(flag == 2 ? 1 : 0);
                if (flag != 1)
                {
                    place.Offset();
                }

                place.Prefixed();
                break;
        }
    }
}
