using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Voxeltron.Cells.Interop;

namespace Voxeltron.Cells;

/// <summary>An instance written down between two calls, and another made to go on as it.</summary>
internal sealed unsafe partial class CellInstance
{
    /// <summary>Reads no page of the memory but those that may differ: the others need not become resident for it.</summary>
    /// <returns>False when the system did not tell which those are.</returns>
    // Hot path: per cell that goes to sleep; some ten microseconds.
    public bool TryCapture(PageMap map, CapturePlan plan, PristineMemory pristine, out CellImage image)
    {
        image = default;
        var memory = Memory();
        var whole = memory.Whole;
        var count = whole.Length / PageMap.PageBytes;
        var entries = ArrayPool<ulong>.Shared.Rent(Math.Max(1, count));
        try
        {
            var pages = entries.AsSpan(0, count);
            if (!map.TryRead(memory.Address / (nuint)PageMap.PageBytes, pages))
            {
                return false;
            }

            image = Write(plan, pristine, whole, pages);
            return true;
        }
        finally
        {
            ArrayPool<ulong>.Shared.Return(entries);
        }
    }

    /// <summary>Of an instance no code has run in.</summary>
    /// <returns>False for bytes no capture of the same module wrote; the instance is then fit for nothing.</returns>
    // Hot path: per cell that wakes.
    public bool TryRestore(CapturePlan plan, ReadOnlySpan<byte> image)
    {
        var head = sizeof(uint) + (plan.Globals.Count * CellImage.GlobalBytes);
        if (image.Length < head || !TryGrow(BinaryPrimitives.ReadUInt32LittleEndian(image)))
        {
            return false;
        }

        for (var i = 0; i < plan.Globals.Count; i++)
        {
            if (!TrySetGlobal(plan.Globals[i], image.Slice(sizeof(uint) + (i * CellImage.GlobalBytes), CellImage.GlobalBytes)))
            {
                return false;
            }
        }

        return MemoryDelta.TryRestore(image[head..], Memory().Whole);
    }

    private CellImage Write(CapturePlan plan, PristineMemory pristine, ReadOnlySpan<byte> memory, ReadOnlySpan<ulong> pages)
    {
        var own = 0;
        foreach (var entry in pages)
        {
            own += PageMap.IsOwn(entry) ? 1 : 0;
        }

        var rented = ArrayPool<byte>.Shared.Rent(sizeof(uint) + (plan.Globals.Count * CellImage.GlobalBytes) + (own * MemoryDelta.MostBytesPerPage));
        BinaryPrimitives.WriteUInt32LittleEndian(rented, (uint)(memory.Length / ModuleShape.PageBytes));
        var at = sizeof(uint);
        foreach (var global in plan.Globals)
        {
            GetGlobal(global, rented.AsSpan(at, CellImage.GlobalBytes));
            at += CellImage.GlobalBytes;
        }

        for (var i = 0; i < pages.Length; i++)
        {
            if (PageMap.IsOwn(pages[i]))
            {
                at += MemoryDelta.WritePage(i, memory.Slice(i * PageMap.PageBytes, PageMap.PageBytes), pristine.Page(i), rented.AsSpan(at));
            }
        }

        return new CellImage(rented, at);
    }

    private bool TryGrow(uint pages)
    {
        var memory = _memory;
        var size = (ulong)(Native.wasmtime_memory_data_size(_context, &memory) / ModuleShape.PageBytes);
        if (pages <= size)
        {
            return pages == size;
        }

        ulong before;
        return NativeMessages.TakeError(Native.wasmtime_memory_grow(_context, &memory, pages - size, &before)) is null;
    }

    private void GetGlobal(MutableGlobal global, Span<byte> target)
    {
        if (!TryExport(Encoding.ASCII.GetBytes(GlobalExports.Name(global.Index)), ExternRef.KindGlobal, out var export))
        {
            throw new Kernel.InvariantException($"Global {global.Index} is not exported: the module was compiled without its preparation.");
        }

        GlobalValue value;
        var found = export.Global;
        Native.wasmtime_global_get(_context, &found, &value);
        BinaryPrimitives.WriteUInt64LittleEndian(target, value.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(target[sizeof(ulong)..], IsVector(global) ? value.High : 0);
    }

    private bool TrySetGlobal(MutableGlobal global, ReadOnlySpan<byte> source)
    {
        if (!TryExport(Encoding.ASCII.GetBytes(GlobalExports.Name(global.Index)), ExternRef.KindGlobal, out var export))
        {
            return false;
        }

        var value = new GlobalValue
        {
            Kind = GlobalValue.KindOf(global.Type),
            Low = BinaryPrimitives.ReadUInt64LittleEndian(source),
            High = BinaryPrimitives.ReadUInt64LittleEndian(source[sizeof(ulong)..]),
        };
        var found = export.Global;
        return NativeMessages.TakeError(Native.wasmtime_global_set(_context, &found, &value)) is null;
    }

    private static bool IsVector(MutableGlobal global) => global.Type == 0x7B;
}
