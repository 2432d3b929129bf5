using System.Text;
using Voxeltron.Cells;

namespace Voxeltron.Tests.Unit.Cells;

/// <summary>
/// Changes a valid module in one to four places. Most changes know the format, so that what comes out is often still valid and gets as far
/// as running; some are blind.
/// </summary>
internal sealed partial class ModuleMutator(Random random, IReadOnlyList<byte[]> seeds)
{
    // Where counts, sizes, indexes, offsets and pages change their meaning.
    private static readonly ulong[] s_numbers =
        [0, 1, 2, 3, 7, 16, 63, 64, 65, 127, 128, 255, 256, 257, 1024, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1 << 20, int.MaxValue, 1UL << 31, uint.MaxValue, ulong.MaxValue];

    private static readonly string[] s_exports = ["memory", "vx_abi_version", "vx_alloc", "on_start", "on_task", "on_timer", "on_delta", "on_reply", "on_resume", "health", "_start", ""];

    /// <summary>What was done, for whoever repeats one.</summary>
    public List<string> Done { get; } = [];

    public byte[] Mutate(byte[] seed)
    {
        var parts = WasmParts.Of(seed);
        var blind = random.Next(16);
        // Mostly one: each more is another chance that the validator ends it.
        for (var changes = blind == 0 ? 0 : Math.Max(1, random.Next(6) - 2); changes > 0; changes--)
        {
            Structured(parts);
        }

        var wasm = parts.ToBytes();
        for (var changes = blind < 2 ? random.Next(1, 4) : 0; changes > 0; changes--)
        {
            wasm = Blind(wasm);
        }

        return wasm;
    }

    /// <summary>Mostly malformed: counts, sizes and sections that are wrong. What reads declarations has to survive them; nothing of it is to run.</summary>
    public byte[] Malform(byte[] seed)
    {
        Done.Clear();
        var parts = WasmParts.Of(seed);
        _ = random.Next(4) switch { 0 => TryStructured(parts), 1 => RawNumber(parts), _ => Sections(parts) };
        var wasm = parts.ToBytes();
        return random.Next(2) == 0 ? Blind(wasm) : wasm;
    }

    private void Structured(WasmParts parts)
    {
        // A change that finds nothing to change lets another try.
        for (var attempt = 0; attempt < 8 && !TryStructured(parts); attempt++)
        {
        }
    }

    private bool TryStructured(WasmParts parts)
    {
        try
        {
            return random.Next(20) switch
            {
                < 6 => Body(parts),
                < 9 => Insert(parts),
                9 => Splice(parts),
                10 => Sections(parts),
                11 => Items(parts),
                12 => Limits(parts),
                13 or 14 or 18 => Data(parts),
                15 => Import(parts),
                16 => Export(parts),
                17 => ItemBytes(parts, random.Next(2) == 0 ? WasmParts.Types : WasmParts.Functions),
                _ => RawNumber(parts),
            };
        }
        catch (Exception error) when (error is WasmFormatException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            // A change before this one broke the form it reads.
            return false;
        }
    }

    private ulong Number() => random.Next(4) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : s_numbers[random.Next(s_numbers.Length)];

    private bool Say(string what)
    {
        Done.Add(what);
        return true;
    }

    private bool TryPick(WasmParts parts, byte id, out List<byte[]> items, out int at)
    {
        items = parts.Items(id);
        at = random.Next(Math.Max(1, items.Count));
        return items.Count > 0;
    }

    private bool Sections(WasmParts parts)
    {
        var (a, b) = (random.Next(parts.Sections.Count), random.Next(parts.Sections.Count));
        var (all, one) = (parts.Sections, parts.Sections[a]);
        switch (random.Next(10))
        {
            case 0:
                (all[a], all[b]) = (all[b], all[a]);
                break;
            case 1:
                all.Insert(b, new WasmSection(one.Id, one.ToBytes()));
                break;
            case 2:
                all.RemoveAt(a);
                break;
            case 3:
                one.SizeError = random.Next(2) == 0 ? random.Next(-3, 4) : (int)Number();
                break;
            case 4:
                one.Id = (byte)random.Next(16);
                break;
            case 5 or 8 or 9:
                one.CountError = random.Next(2) == 0 ? random.Next(-2, 3) : (int)Number();
                break;
            case 6:
                one.Body = [.. one.ToBytes(), (byte)random.Next(256)];
                one.Items = null;
                break;
            default:
                var custom = new byte[random.Next(1, 40)];
                random.NextBytes(custom);
                custom[0] = (byte)random.Next(custom.Length + 2);
                all.Insert(a, new WasmSection(0, custom));
                break;
        }

        return Say($"sections {a} {b}");
    }

    private bool Items(WasmParts parts)
    {
        var lists = parts.Sections.Where(static section => section.Items is { Count: > 0 }).ToList();
        if (lists.Count == 0)
        {
            return false;
        }

        var section = lists[random.Next(lists.Count)];
        var (items, a, b) = (section.Items!, random.Next(section.Items!.Count), random.Next(section.Items!.Count));
        switch (random.Next(3))
        {
            case 0:
                (items[a], items[b]) = (items[b], items[a]);
                break;
            case 1:
                items.Insert(b, items[a]);
                break;
            default:
                items.RemoveAt(a);
                break;
        }

        return Say($"items of section {section.Id}: {a} {b}");
    }

    private bool Limits(WasmParts parts)
    {
        var id = random.Next(3) == 0 ? WasmParts.Tables : WasmParts.Memories;
        if (!TryPick(parts, id, out var items, out var at))
        {
            return false;
        }

        var flags = (byte)random.Next(random.Next(4) == 0 ? 8 : 2);
        byte[] limits = [flags, .. WasmParts.Leb(random.Next(2) == 0 ? (ulong)random.Next(300) : (uint)Number())];
        if (flags % 2 == 1)
        {
            limits = [.. limits, .. WasmParts.Leb((uint)Number())];
        }

        items[at] = id == WasmParts.Tables ? [items[at][0], .. limits] : limits;
        return Say($"limits of section {id}: {Convert.ToHexStringLower(limits)}");
    }

    private bool Data(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Data, out var segments, out var at))
        {
            return false;
        }

        var segment = segments[at].ToArray();
        if (segment[0] == 0 && random.Next(2) == 0)
        {
            var place = new WasmPlace(segment);
            place.Skip(1);
            place.Offset();
            segment = [0, 0x41, .. WasmParts.SignedLeb(random.Next(2) == 0 ? random.Next(140_000) : (int)Number()), 0x0B, .. segment[place.At..]];
        }
        else
        {
            segment[random.Next(segment.Length)] = (byte)random.Next(256);
        }

        segments[at] = segment;
        return Say($"data {at}");
    }

    private bool Import(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Imports, out var imports, out var at))
        {
            return false;
        }

        var place = new WasmPlace(imports[at]);
        place.Prefixed();
        place.Prefixed();
        var kind = place.At;
        byte[] tail = imports[at][kind..];
        var wasi = random.Next(2) == 0;
        var all = wasi ? WasiImports.All : AbiImports.All;
        // A name of the same type often links, and is called with what was meant for the other.
        var same = Same(parts, tail[1], all);
        var name = same.Count > 0 && random.Next(4) > 0 ? same[random.Next(same.Count)] : all[random.Next(all.Count)].Name;
        if (random.Next(4) == 0)
        {
            tail = [(byte)random.Next(random.Next(4) == 0 ? 5 : 1), .. WasmParts.Leb((ulong)random.Next(12))];
        }

        imports[at] = [.. Text(wasi == (random.Next(8) > 0) ? WasiImports.Module : AbiImports.Module), .. Text(name), .. tail];
        return Say($"import {at} is {name}");
    }

    private static List<string> Same(WasmParts parts, int type, IReadOnlyList<AbiImport> all)
    {
        var types = parts.Items(WasmParts.Types);
        return type >= types.Count ? [] : [.. all.Where(import => Convert.ToHexString(types[type]) == Convert.ToHexString(Signature(import.Signature))).Select(static import => import.Name)];

        static byte[] Signature(FunctionSignature signature) => [0x60, .. Vector(signature.Parameters), .. Vector(signature.Result)];

        static byte[] Vector(string types)
        {
            var each = types.Split(',', StringSplitOptions.RemoveEmptyEntries);
            return [(byte)each.Length, .. each.Select(static type => type switch { "i32" => (byte)0x7F, "i64" => (byte)0x7E, "f32" => (byte)0x7D, _ => (byte)0x7C })];
        }
    }

    private bool Export(WasmParts parts)
    {
        if (!TryPick(parts, WasmParts.Exports, out var exports, out var at))
        {
            return false;
        }

        var place = new WasmPlace(exports[at]);
        place.Prefixed();
        byte[] name = exports[at][..place.At];
        byte[] tail = exports[at][place.At..];
        switch (random.Next(3))
        {
            case 0:
                name = Text(s_exports[random.Next(s_exports.Length)]);
                break;
            case 1:
                tail = [tail[0], .. WasmParts.Leb((ulong)random.Next(40))];
                break;
            default:
                tail[0] = (byte)random.Next(5);
                break;
        }

        exports[at] = [.. name, .. tail];
        return Say($"export {at}: {Convert.ToHexStringLower(exports[at])}");
    }

    private bool ItemBytes(WasmParts parts, byte id)
    {
        if (!TryPick(parts, id, out var items, out var at))
        {
            return false;
        }

        var item = items[at].ToArray();
        item[random.Next(item.Length)] = id == WasmParts.Types ? (byte)random.Next(0x6F, 0x80) : (byte)random.Next(parts.Items(WasmParts.Types).Count + 1);
        items[at] = item;
        return Say($"item {at} of section {id}: {Convert.ToHexStringLower(item)}");
    }

    /// <summary>A number anywhere in a section that is not cut into items: globals, elements, custom sections.</summary>
    private bool RawNumber(WasmParts parts)
    {
        var raw = parts.Sections.Where(static section => section is { Items: null, Body.Length: > 0 }).ToList();
        if (raw.Count == 0)
        {
            return false;
        }

        var section = raw[random.Next(raw.Count)];
        var at = random.Next(section.Body.Length);
        var end = at;
        while (end < section.Body.Length && section.Body[end] >= 0x80)
        {
            end++;
        }

        end = Math.Min(end + 1, section.Body.Length);
        section.Body = [.. section.Body[..at], .. WasmParts.Leb(random.Next(2) == 0 ? (ulong)random.Next(128) : Number()), .. section.Body[end..]];
        return Say($"number at {at} of section {section.Id}");
    }

    private byte[] Blind(byte[] wasm)
    {
        var at = random.Next(wasm.Length);
        var run = random.Next(1, Math.Min(64, wasm.Length - at) + 1);
        var other = seeds[random.Next(seeds.Count)];
        var from = random.Next(other.Length);
        Say($"blind at {at}");
        switch (random.Next(6))
        {
            case 0:
                return [.. wasm[..at], .. wasm[(at + run)..]];
            case 1:
                return [.. wasm[..at], .. wasm[at..(at + run)], .. wasm[at..]];
            case 2:
                return [.. wasm[..at], .. other[from..Math.Min(from + run, other.Length)], .. wasm[at..]];
            case 3:
                return wasm[..Math.Max(1, at)];
            default:
                var flipped = wasm.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
                }

                return flipped;
        }
    }

    private static byte[] Text(string text) => [.. WasmParts.Leb((ulong)text.Length), .. Encoding.UTF8.GetBytes(text)];
}
