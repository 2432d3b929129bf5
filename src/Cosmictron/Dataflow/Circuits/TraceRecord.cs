using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// One row of a trace as it lies in a slab, little-endian:
/// <code>
///  0  i32 id          −1 marks a free block (Slab)
///  4  i32 row bytes
///  8  i64 weight
/// 16  row | extra bytes, as many in every record of a trace
/// </code>
/// The id is where <see cref="Record"/> has it, since the heap moves both.
/// </summary>
internal readonly struct TraceRecord : IKeyed
{
    public const int HeaderBytes = 16;

    private const int RowBytesAt = 4;
    private const int WeightAt = 8;

    public static ReadOnlySpan<byte> KeyIn(ReadOnlySpan<byte> block) => block.Slice(HeaderBytes, RowBytes(block));

    public static long Weight(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadInt64LittleEndian(block[WeightAt..]);

    public static void SetWeight(Span<byte> block, long weight) => BinaryPrimitives.WriteInt64LittleEndian(block[WeightAt..], weight);

    public static Span<byte> Extra(Span<byte> block, int extraBytes) => block.Slice(HeaderBytes + RowBytes(block), extraBytes);

    /// <summary>Writes all but the id; the extra bytes are zero.</summary>
    public static void Write(Span<byte> block, ReadOnlySpan<byte> row, long weight, int extraBytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(block[RowBytesAt..], row.Length);
        SetWeight(block, weight);
        row.CopyTo(block[HeaderBytes..]);
        block.Slice(HeaderBytes + row.Length, extraBytes).Clear();
    }

    private static int RowBytes(ReadOnlySpan<byte> block) => BinaryPrimitives.ReadInt32LittleEndian(block[RowBytesAt..]);
}
