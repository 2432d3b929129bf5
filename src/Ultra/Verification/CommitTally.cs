namespace Voxeltron.Ultra;

/// <summary>What the host seals of one commit add up to, stream by stream.</summary>
internal sealed class CommitTally
{
    private readonly MerkleAccumulator _tree = new();

    public long Streams => _tree.Size;

    public long Entries { get; private set; }

    public byte[] Root() => _tree.Root();

    public void Add(SealRow hostSeal, byte[] statement)
    {
        _tree.Append(MerkleTree.LeafHash(statement));
        Entries += hostSeal.EntryCount;
    }
}
