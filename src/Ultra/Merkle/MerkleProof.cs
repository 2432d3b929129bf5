using System.Numerics;

namespace Voxeltron.Ultra;

/// <summary>RFC 6962 / RFC 9162 proofs, checked from outside with nothing but roots. False for anything malformed.</summary>
public static class MerkleProof
{
    /// <summary>The leaf stands at <paramref name="index"/> in the tree of <paramref name="size"/> leaves.</summary>
    public static bool VerifyInclusion(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root) =>
        RootOf(leafHash, index, size, proof) is { } found && root.SequenceEqual(found);

    /// <summary>The root of the tree of <paramref name="size"/> leaves in which the proof is one for this leaf; null for anything malformed.</summary>
    public static byte[]? RootOf(byte[] leafHash, long index, long size, IReadOnlyList<byte[]> proof)
    {
        if (index < 0 || index >= size || leafHash.Length != MerkleTree.HashBytes || !AllHashes(proof))
        {
            return null;
        }

        var inner = InnerLength(index, size);
        if (proof.Count != inner + BitOperations.PopCount((ulong)(index >> inner)))
        {
            return null;
        }

        var node = leafHash;
        for (var i = 0; i < proof.Count; i++)
        {
            // Inside the subtree the leaf shares with the last one, the bit tells the side; above it everything is to the left.
            var siblingIsRight = i < inner && ((index >> i) & 1) == 0;
            node = siblingIsRight ? MerkleTree.NodeHash(node, proof[i]) : MerkleTree.NodeHash(proof[i], node);
        }

        return node;
    }

    /// <summary>The tree of <paramref name="size1"/> leaves is a prefix of the tree of <paramref name="size2"/> leaves.</summary>
    public static bool VerifyConsistency(long size1, long size2, ReadOnlySpan<byte> root1, ReadOnlySpan<byte> root2, IReadOnlyList<byte[]> proof)
    {
        if (size1 <= 0 || size2 < size1 || !AllHashes(proof))
        {
            // An empty tree is a prefix of everything, so a proof from it would prove nothing.
            return false;
        }

        if (size1 == size2)
        {
            return proof.Count == 0 && root1.SequenceEqual(root2);
        }

        // The walk starts at the largest full subtree that ends tree 1; where that is tree 1 itself, the proof leaves its hash out.
        var last = size1 - 1;
        var shift = BitOperations.TrailingZeroCount(size1);
        var inner = InnerLength(last, size2) - shift;
        var startsAtRoot = BitOperations.PopCount((ulong)size1) == 1;
        var start = startsAtRoot ? 0 : 1;
        if (proof.Count != start + inner + BitOperations.PopCount((ulong)(last >> (inner + shift))))
        {
            return false;
        }

        var node1 = startsAtRoot ? root1.ToArray() : proof[0];
        var node2 = node1;
        for (var i = start; i < proof.Count; i++)
        {
            var level = i - start;
            if (level < inner && ((last >> (shift + level)) & 1) == 0)
            {
                // A right sibling belongs to tree 2 only.
                node2 = MerkleTree.NodeHash(node2, proof[i]);
                continue;
            }

            node1 = MerkleTree.NodeHash(proof[i], node1);
            node2 = MerkleTree.NodeHash(proof[i], node2);
        }

        return root1.SequenceEqual(node1) && root2.SequenceEqual(node2);
    }

    /// <summary>Levels below which the paths of <paramref name="index"/> and of the last leaf have not met.</summary>
    private static int InnerLength(long index, long size) => 64 - BitOperations.LeadingZeroCount((ulong)(index ^ (size - 1)));

    private static bool AllHashes(IReadOnlyList<byte[]> proof)
    {
        foreach (var hash in proof)
        {
            if (hash.Length != MerkleTree.HashBytes)
            {
                return false;
            }
        }

        return true;
    }
}
