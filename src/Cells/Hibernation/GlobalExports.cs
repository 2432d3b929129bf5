using System.Text;

namespace Voxeltron.Cells;

/// <summary>
/// The one thing done to a module before it is compiled: its mutable globals are exported, because the C API reaches a global by name
/// alone. Nothing a guest could notice changes: no index, no instruction, no byte of memory, no fuel. The module's digest stays that of
/// the bytes that were uploaded.
/// </summary>
internal static class GlobalExports
{
    private const byte ExportSection = 7;

    /// <returns>The same bytes when there is nothing to export.</returns>
    public static ReadOnlyMemory<byte> Append(ReadOnlyMemory<byte> wasm, CapturePlan plan)
    {
        if (plan.Refusal is not null || plan.Globals.Count == 0)
        {
            return wasm;
        }

        var cursor = new WasmCursor(wasm.Span);
        cursor.Take(8);
        while (!cursor.AtEnd)
        {
            var at = wasm.Length - cursor.Left;
            var id = cursor.Byte();
            var section = cursor.Take(cursor.U32());
            if (id == ExportSection)
            {
                return Rebuild(wasm.Span, at, section, wasm.Length - cursor.Left, plan.Globals);
            }
        }

        // Admission wants a memory that is exported.
        throw new WasmFormatException("no export section");
    }

    public static string Name(uint index) => CapturePlan.ExportPrefix + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static byte[] Rebuild(ReadOnlySpan<byte> wasm, int from, ReadOnlySpan<byte> section, int to, IReadOnlyList<MutableGlobal> globals)
    {
        var exports = new WasmCursor(section);
        var count = exports.U32();
        using var content = new MemoryStream(section.Length + (globals.Count * 24));
        WriteU32(content, count + (uint)globals.Count);
        content.Write(exports.Take((uint)exports.Left));
        foreach (var global in globals)
        {
            var name = Encoding.ASCII.GetBytes(Name(global.Index));
            WriteU32(content, (uint)name.Length);
            content.Write(name);
            content.WriteByte((byte)ExternKind.Global);
            WriteU32(content, global.Index);
        }

        using var rebuilt = new MemoryStream(wasm.Length + (int)content.Length - section.Length + 8);
        rebuilt.Write(wasm[..from]);
        rebuilt.WriteByte(ExportSection);
        WriteU32(rebuilt, (uint)content.Length);
        content.WriteTo(rebuilt);
        rebuilt.Write(wasm[to..]);
        return rebuilt.ToArray();
    }

    private static void WriteU32(MemoryStream target, uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            target.WriteByte((byte)(value | 0x80));
        }

        target.WriteByte((byte)value);
    }
}
