using System.IO.Compression;

namespace Voxeltron.Execution;

/// <summary>How a snapshot lies in the database: Brotli at its fastest. Nothing is proved about these bytes; the root is over what they unpack to.</summary>
public static class SnapshotCodec
{
    public static ReadOnlyMemory<byte> Pack(ReadOnlyMemory<byte> content)
    {
        var packed = new MemoryStream((content.Length / 4) + 1024);
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            brotli.Write(content.Span);
        }

        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }

    /// <param name="size">What the bytes must unpack to; not one byte more is unpacked.</param>
    /// <exception cref="SnapshotException">They are damaged, or unpack to another size.</exception>
    public static byte[] Unpack(byte[] packed, long size)
    {
        if (size is <= 0 or > int.MaxValue)
        {
            throw new SnapshotException($"It is said to have {size} bytes.");
        }

        try
        {
            var content = new byte[size];
            using var brotli = new BrotliStream(new MemoryStream(packed, writable: false), CompressionMode.Decompress);
            brotli.ReadExactly(content);
            return brotli.ReadByte() < 0 ? content : throw new SnapshotException($"It unpacks to more than the {size} bytes it is said to have.");
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException or InvalidOperationException)
        {
            throw new SnapshotException("Its stored bytes do not unpack.");
        }
    }
}
