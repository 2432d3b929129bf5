using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Voxeltron.Cosmictron;

/// <summary>Bytes on their way to a stream, hashed in passing; gathered first, since a hash call costs more than a short row.</summary>
internal sealed class HashedOutput(Stream target) : IDisposable
{
    // Rented: a mission's root is taken when it ends, and a mission may have a handful of rows.
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _count;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _count)
        {
            Flush();
            if (bytes.Length > _buffer.Length)
            {
                Pass(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    /// <summary>u32be length and the bytes.</summary>
    public void WritePrefixed(ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        Write(length);
        Write(bytes);
    }

    /// <summary>SHA-256 of everything written since the last digest.</summary>
    public byte[] Digest()
    {
        Flush();
        return _hash.GetHashAndReset();
    }

    /// <summary>Once, at the end: the buffer belongs to somebody else from then on.</summary>
    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
    }

    private void Flush()
    {
        Pass(_buffer.AsSpan(0, _count));
        _count = 0;
    }

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        target.Write(bytes);
    }
}
