namespace Voxeltron.Ultra;

/// <summary>Every inclusion proof of one small RFC 6962 tree, kept level by level: 64 bytes a leaf.</summary>
public sealed class MerklePaths
{
    // _levels[0] are the leaf hashes. A node without a right sibling moves up unchanged, which is RFC 6962's uneven split.
    private readonly List<byte[][]> _levels;

    public MerklePaths(byte[][] leafHashes)
    {
        if (leafHashes.Length == 0)
        {
            throw new ArgumentException("A tree of proofs has at least one leaf.", nameof(leafHashes));
        }

        _levels = [leafHashes];
        while (_levels[^1].Length > 1)
        {
            var below = _levels[^1];
            var level = new byte[(below.Length + 1) / 2][];
            for (var i = 0; i < level.Length; i++)
            {
                level[i] = (2 * i) + 1 < below.Length ? MerkleTree.NodeHash(below[2 * i], below[(2 * i) + 1]) : below[2 * i];
            }

            _levels.Add(level);
        }
    }

    public byte[] Root => _levels[^1][0];

    /// <summary>The siblings on the way up, nearest first: what <see cref="MerkleProof.VerifyInclusion"/> takes.</summary>
    public IReadOnlyList<byte[]> PathOf(int index)
    {
        var path = new List<byte[]>(_levels.Count);
        for (var level = 0; level < _levels.Count - 1; level++, index /= 2)
        {
            if ((index ^ 1) < _levels[level].Length)
            {
                path.Add(_levels[level][index ^ 1]);
            }
        }

        return path;
    }
}
