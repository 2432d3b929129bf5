using System.Security.Cryptography;

namespace Voxeltron.Ultra;

/// <summary>RFC 6962 hashing: leaves and nodes carry different prefixes, so that neither can be passed off as the other.</summary>
public static class MerkleTree
{
    public const int HashBytes = SHA256.HashSizeInBytes;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;
    private const int StackBytes = 512;

    private static readonly byte[] EmptyHash = SHA256.HashData([]);

    /// <summary>Root of a tree without leaves.</summary>
    public static ReadOnlySpan<byte> EmptyRoot => EmptyHash;

    public static byte[] LeafHash(ReadOnlySpan<byte> data)
    {
        var hash = new byte[HashBytes];
        LeafHash(data, hash);
        return hash;
    }

    public static void LeafHash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        var length = data.Length + 1;
        var message = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        message[0] = LeafPrefix;
        data.CopyTo(message[1..]);
        Sha256.Hash(message[..length], hash);
    }

    public static byte[] NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var hash = new byte[HashBytes];
        NodeHash(left, right, hash);
        return hash;
    }

    /// <param name="hash">May be <paramref name="left"/> or <paramref name="right"/>.</param>
    public static void NodeHash(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> hash)
    {
        Span<byte> message = stackalloc byte[1 + (2 * HashBytes)];
        message[0] = NodePrefix;
        left.CopyTo(message[1..]);
        right.CopyTo(message[(1 + HashBytes)..]);
        Sha256.Hash(message, hash);
    }

    public static byte[] Root(IReadOnlyList<byte[]> leafHashes)
    {
        var tree = new MerkleAccumulator();
        for (var i = 0; i < leafHashes.Count; i++)
        {
            tree.Append(leafHashes[i]);
        }

        return tree.Root();
    }
}
