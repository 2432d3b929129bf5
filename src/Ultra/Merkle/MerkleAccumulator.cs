using System.Numerics;

namespace Voxeltron.Ultra;

/// <summary>A Merkle tree that only grows, kept as its right edge: the roots of the full subtrees, largest first. Not thread-safe.</summary>
public sealed class MerkleAccumulator
{
    private readonly List<byte[]> _edge;

    public MerkleAccumulator()
    {
        _edge = [];
    }

    /// <summary>Continues a tree from what <see cref="Size"/> and <see cref="Edge"/> said.</summary>
    public MerkleAccumulator(long size, IEnumerable<byte[]> edge)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size;
        _edge = [.. edge];
        if (_edge.Count != BitOperations.PopCount((ulong)size))
        {
            throw new ArgumentException($"A tree of {size} leaves has {BitOperations.PopCount((ulong)size)} full subtrees, not {_edge.Count}.", nameof(edge));
        }
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>One hash for each bit set in <see cref="Size"/>, most significant first.</summary>
    public IReadOnlyList<byte[]> Edge => _edge;

    public void Append(byte[] leafHash)
    {
        var node = leafHash;

        // Each trailing one bit of the old size is a full subtree as large as the one just completed.
        for (var full = BitOperations.TrailingZeroCount(~Size); full > 0; full--)
        {
            node = MerkleTree.NodeHash(_edge[^1], node);
            _edge.RemoveAt(_edge.Count - 1);
        }

        _edge.Add(node);
        Size++;
    }

    public byte[] Root()
    {
        if (_edge.Count == 0)
        {
            return MerkleTree.EmptyRoot.ToArray();
        }

        var root = _edge[^1];
        for (var i = _edge.Count - 2; i >= 0; i--)
        {
            root = MerkleTree.NodeHash(_edge[i], root);
        }

        return root;
    }

    public void Clear()
    {
        _edge.Clear();
        Size = 0;
    }
}
