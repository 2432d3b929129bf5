using System.Buffers;
using System.Security.Cryptography;

namespace Voxeltron.Ultra;

/// <summary>Links entries of one stream: <c>SHA-256(previous | header | SHA-256(body))</c>.</summary>
public static class Chain
{
    public const int Bytes = SHA256.HashSizeInBytes;

    // A header has names of bounded length; one that does not fit is somebody's forgery, and rents.
    private const int StackBytes = 1024;

    private static readonly byte[] ZeroBytes = new byte[Bytes];

    /// <summary>What the first entry of a stream links to.</summary>
    public static ReadOnlySpan<byte> Zero => ZeroBytes;

    /// <summary>The chain value of the entry that follows <paramref name="previous"/>.</summary>
    public static byte[] Next(ReadOnlySpan<byte> previous, in EntryHeader header, EntryBody body)
    {
        var chain = new byte[Bytes];
        Next(previous, header, body, chain);
        return chain;
    }

    // Hot path: per entry; two SHA-256 calls over stack memory, no allocation.
    public static void Next(ReadOnlySpan<byte> previous, in EntryHeader header, EntryBody body, Span<byte> chain)
    {
        if (previous.Length != Bytes)
        {
            throw new ArgumentException($"A chain value is {Bytes} bytes, not {previous.Length}.", nameof(previous));
        }

        var length = Bytes + header.EncodedLength + Bytes;
        byte[]? rented = null;
        var message = length <= StackBytes ? stackalloc byte[StackBytes] : (rented = ArrayPool<byte>.Shared.Rent(length));
        previous.CopyTo(message);
        var at = Bytes + header.Encode(message[Bytes..]);
        Sha256.Hash(body.Span, message[at..]);
        Sha256.Hash(message[..(at + Bytes)], chain);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>SHA-256 of the body's UTF-8 bytes; also the root of an actor seal.</summary>
    public static byte[] BodyDigest(EntryBody body) => Sha256.Hash(body.Span);
}
