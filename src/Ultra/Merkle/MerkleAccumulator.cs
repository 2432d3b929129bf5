using System.Numerics;

namespace Voxeltron.Ultra;

/// <summary>A Merkle tree that only grows, kept as its right edge: the roots of the full subtrees, largest first. Not thread-safe.</summary>
public sealed class MerkleAccumulator
{
    /// <summary>Depth kept without growing: enough for a thousand entries between two seals.</summary>
    private const int UsualDepth = 10;

    // The edge's hashes one behind the other: a leaf costs no object.
    private byte[] _edge = new byte[UsualDepth * MerkleTree.HashBytes];
    private int _depth;

    public MerkleAccumulator()
    {
    }

    /// <summary>Continues a tree from what <see cref="Size"/> and <see cref="Edge"/> said.</summary>
    public MerkleAccumulator(long size, IEnumerable<byte[]> edge)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size;
        foreach (var hash in edge)
        {
            Push(hash);
        }

        if (_depth != BitOperations.PopCount((ulong)size))
        {
            throw new ArgumentException($"A tree of {size} leaves has {BitOperations.PopCount((ulong)size)} full subtrees, not {_depth}.", nameof(edge));
        }
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>One hash for each bit set in <see cref="Size"/>, most significant first.</summary>
    public IReadOnlyList<byte[]> Edge => [.. Enumerable.Range(0, _depth).Select(i => At(i).ToArray())];

    /// <summary>Appends the leaf of an entry: its chain value, hashed as RFC 6962 hashes a leaf.</summary>
    // Hot path: per entry and tree; two hashes on average, no allocation.
    public void AppendEntry(Entry entry)
    {
        Span<byte> leaf = stackalloc byte[MerkleTree.HashBytes];
        MerkleTree.LeafHash(entry.Chain, leaf);
        Append(leaf);
    }

    public void Append(ReadOnlySpan<byte> leafHash)
    {
        Span<byte> node = stackalloc byte[MerkleTree.HashBytes];
        leafHash.CopyTo(node);

        // Each trailing one bit of the old size is a full subtree as large as the one just completed.
        for (var full = BitOperations.TrailingZeroCount(~Size); full > 0; full--)
        {
            MerkleTree.NodeHash(At(--_depth), node, node);
        }

        Push(node);
        Size++;
    }

    public byte[] Root()
    {
        if (_depth == 0)
        {
            return MerkleTree.EmptyRoot.ToArray();
        }

        var root = At(_depth - 1).ToArray();
        for (var i = _depth - 2; i >= 0; i--)
        {
            MerkleTree.NodeHash(At(i), root, root);
        }

        return root;
    }

    public void Clear()
    {
        _depth = 0;
        Size = 0;
    }

    private ReadOnlySpan<byte> At(int level) => _edge.AsSpan(level * MerkleTree.HashBytes, MerkleTree.HashBytes);

    private void Push(ReadOnlySpan<byte> hash)
    {
        if ((_depth + 1) * MerkleTree.HashBytes > _edge.Length)
        {
            Array.Resize(ref _edge, _edge.Length * 2);
        }

        hash.CopyTo(_edge.AsSpan(_depth * MerkleTree.HashBytes));
        _depth++;
    }
}
