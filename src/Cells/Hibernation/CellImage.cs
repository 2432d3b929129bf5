using System.Buffers;

namespace Voxeltron.Cells;

/// <summary>
/// What a quiescent cell is, apart from what every new instance of its module has: the size of its memory, its mutable globals, and the
/// blocks of memory that differ. Its bytes mean something to this process alone, and must not be made known: a guest's memory is in them.
/// </summary>
/// <remarks>
/// Little-endian: <c>u32</c> 64 KiB pages of memory; each mutable global, 16 bytes; then of each page that differs its <c>u32</c> index, a
/// <c>u64</c> whose bit i says that block i of <see cref="BlockBytes"/> differs, and those blocks.
/// </remarks>
public ref struct CellImage
{
    /// <summary>A 64th of a page of 4 KiB: a stack frame, a node of a heap.</summary>
    internal const int BlockBytes = 64;

    internal const int GlobalBytes = 16;

    private byte[]? _rented;

    internal CellImage(byte[] rented, int length)
    {
        _rented = rented;
        Bytes = rented.AsSpan(0, length);
    }

    public ReadOnlySpan<byte> Bytes { get; private set; }

    public void Dispose()
    {
        if (_rented is { } rented)
        {
            // Somebody else's next buffer must not hold a guest's memory.
            rented.AsSpan(0, Bytes.Length).Clear();
            ArrayPool<byte>.Shared.Return(rented);
            _rented = null;
            Bytes = default;
        }
    }
}
