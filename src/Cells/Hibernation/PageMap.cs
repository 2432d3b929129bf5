using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Voxeltron.Cells;

/// <summary>
/// Which pages of this process's memory are its own, as the kernel keeps the list (<c>/proc/self/pagemap</c>, Linux'
/// Documentation/admin-guide/mm/pagemap.rst). A page a cell has written to is no page of its module's image any more: that makes the
/// set of pages worth looking at without reading the memory, which would make every page of it resident.
/// </summary>
internal sealed class PageMap : IDisposable
{
    private const string PagesFile = "/proc/self/pagemap";
    private const ulong Present = 1UL << 63;
    private const ulong Swapped = 1UL << 62;
    private const ulong OfFile = 1UL << 61;

    private readonly SafeFileHandle _pages;

    private PageMap(SafeFileHandle pages) => _pages = pages;

    public static int PageBytes { get; } = Environment.SystemPageSize;

    /// <returns>Null where the system has no such list or does not show it: as a rule after privileges were dropped without exec.</returns>
    public static unsafe PageMap? Open()
    {
        try
        {
            var map = new PageMap(File.OpenHandle(PagesFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            // The page this variable lies on must be there, and nobody else's.
            var entry = 1UL;
            if (map.TryRead((nuint)(&entry) / (nuint)PageBytes, new Span<ulong>(ref entry)) && IsOwn(entry))
            {
                return map;
            }

            map.Dispose();
            return null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Written to since it was mapped, or read where there was nothing: a superset of what differs from a module's image.</summary>
    public static bool IsOwn(ulong entry) => (entry & Swapped) != 0 || (entry & (Present | OfFile)) == Present;

    /// <param name="firstPage">Address divided by <see cref="PageBytes"/>.</param>
    public bool TryRead(nuint firstPage, Span<ulong> entries)
    {
        var bytes = MemoryMarshal.AsBytes(entries);
        for (var read = 0; read < bytes.Length;)
        {
            var got = RandomAccess.Read(_pages, bytes[read..], ((long)firstPage * sizeof(ulong)) + read);
            if (got <= 0)
            {
                return false;
            }

            read += got;
        }

        return true;
    }

    public void Dispose() => _pages.Dispose();
}
