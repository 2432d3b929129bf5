using System.Buffers.Binary;
using System.Numerics;

namespace Voxeltron.Cells;

/// <summary>Writes down where a memory differs from its module's, and puts it there again.</summary>
internal static class MemoryDelta
{
    private const int BlocksPerPage = 64;
    private const int HeadBytes = sizeof(uint) + sizeof(ulong);

    /// <summary>What <see cref="WritePage"/> may need for one page.</summary>
    public static int MostBytesPerPage => HeadBytes + PageMap.PageBytes;

    /// <summary>A page is as many bits as the mask has: elsewhere cells stay warm.</summary>
    public static bool FitsThisSystem => PageMap.PageBytes == BlocksPerPage * CellImage.BlockBytes;

    /// <returns>Bytes written; none when the page does not differ.</returns>
    // Hot path: per page of a cell that goes to sleep.
    public static int WritePage(int index, ReadOnlySpan<byte> page, ReadOnlySpan<byte> pristine, Span<byte> target)
    {
        var mask = 0UL;
        var at = HeadBytes;
        for (var block = 0; block < BlocksPerPage; block++)
        {
            var bytes = page.Slice(block * CellImage.BlockBytes, CellImage.BlockBytes);
            var differs = pristine.IsEmpty
                ? bytes.ContainsAnyExcept((byte)0)
                : !bytes.SequenceEqual(pristine.Slice(block * CellImage.BlockBytes, CellImage.BlockBytes));
            if (differs)
            {
                mask |= 1UL << block;
                bytes.CopyTo(target[at..]);
                at += CellImage.BlockBytes;
            }
        }

        if (mask == 0)
        {
            return 0;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)index);
        BinaryPrimitives.WriteUInt64LittleEndian(target[sizeof(uint)..], mask);
        return at;
    }

    /// <returns>False for bytes that no capture wrote; some of the memory may have been written then.</returns>
    public static bool TryRestore(ReadOnlySpan<byte> pages, Span<byte> memory)
    {
        while (!pages.IsEmpty)
        {
            if (pages.Length < HeadBytes)
            {
                return false;
            }

            var start = BinaryPrimitives.ReadUInt32LittleEndian(pages) * (long)PageMap.PageBytes;
            var mask = BinaryPrimitives.ReadUInt64LittleEndian(pages[sizeof(uint)..]);
            pages = pages[HeadBytes..];
            if (start + PageMap.PageBytes > memory.Length || pages.Length < BitOperations.PopCount(mask) * CellImage.BlockBytes)
            {
                return false;
            }

            var page = memory.Slice((int)start, PageMap.PageBytes);
            for (; mask != 0; mask &= mask - 1)
            {
                pages[..CellImage.BlockBytes].CopyTo(page[(BitOperations.TrailingZeroCount(mask) * CellImage.BlockBytes)..]);
                pages = pages[CellImage.BlockBytes..];
            }
        }

        return true;
    }
}
