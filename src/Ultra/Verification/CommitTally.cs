namespace Voxeltron.Ultra;

/// <summary>What the host seals of one commit add up to, stream by stream.</summary>
/// <param name="keepLeaves">For a partial log, whose leaves take their places among those of absent streams.</param>
internal sealed class CommitTally(bool keepLeaves = false)
{
    private readonly MerkleAccumulator _tree = new();
    private readonly List<byte[]> _leaves = [];

    public long Streams => _tree.Size;

    public long Entries { get; private set; }

    /// <summary>In stream order; empty unless they are kept.</summary>
    public IReadOnlyList<byte[]> Leaves => _leaves;

    public byte[] Root() => _tree.Root();

    public void Add(SealRow hostSeal, byte[] statement)
    {
        var leaf = MerkleTree.LeafHash(statement);
        _tree.Append(leaf);
        if (keepLeaves)
        {
            _leaves.Add(leaf);
        }

        Entries += hostSeal.EntryCount;
    }
}
