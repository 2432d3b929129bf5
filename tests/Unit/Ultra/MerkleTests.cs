using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

public sealed class MerkleTests
{
    // Goal: the accumulator is RFC 6962's tree at every size. Method: the RFC's own recursive definition beside it.
    [Fact]
    public void The_accumulator_has_the_root_of_the_definition_at_every_size()
    {
        var leaves = new List<byte[]>();
        var tree = new MerkleAccumulator();
        Assert.Equal(Define([]), tree.Root());
        for (var i = 0; i < 130; i++)
        {
            leaves.Add(MerkleTree.LeafHash([(byte)i]));
            tree.Append(leaves[i]);
            Assert.Equal(Define(leaves), tree.Root());
            Assert.Equal(Define(leaves), MerkleTree.Root(leaves));
            tree = new MerkleAccumulator(tree.Size, tree.Edge);
        }

        Assert.Throws<ArgumentException>(() => new MerkleAccumulator(3, [leaves[0]]));
    }

    [Fact]
    public void Small_and_large_leaves_hash_alike()
    {
        var large = new byte[5_000];
        Assert.Equal(System.Security.Cryptography.SHA256.HashData([0, .. large]), MerkleTree.LeafHash(large));
        Assert.Equal(System.Security.Cryptography.SHA256.HashData([0, 1, 2]), MerkleTree.LeafHash([1, 2]));
    }

    private static byte[] Define(List<byte[]> leaves)
    {
        if (leaves.Count <= 1)
        {
            return leaves.Count == 0 ? MerkleTree.EmptyRoot.ToArray() : leaves[0];
        }

        var split = 1;
        while (split * 2 < leaves.Count)
        {
            split *= 2;
        }

        return MerkleTree.NodeHash(Define(leaves[..split]), Define(leaves[split..]));
    }
}
