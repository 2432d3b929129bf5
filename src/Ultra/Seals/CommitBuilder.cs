using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Makes the row of <c>journal.commit</c> that binds the host seals of one batch together and to the batch before.</summary>
public static class CommitBuilder
{
    /// <summary><c>previous</c> of a host's commit number 1.</summary>
    public static byte[] FirstPrevious => new byte[Chain.Bytes];

    /// <param name="hostSeals">One per stream of the batch, in any order.</param>
    /// <param name="previous"><see cref="Statements.Link"/> of the host's commit before, or <see cref="FirstPrevious"/>.</param>
    public static CommitRow Build(ISigner host, HostId hostId, long number, long timeUs, IEnumerable<SealRow> hostSeals, byte[] previous)
    {
        var ordered = hostSeals.OrderBy(static s => new StreamRef(s.Tenant, s.Stream)).ToList();
        var tree = new MerkleAccumulator();
        var entries = 0;
        foreach (var seal in ordered)
        {
            tree.Append(Statements.Leaf(seal));
            entries += seal.EntryCount;
        }

        var unsigned = new CommitRow(hostId, number, timeUs, ordered.Count, entries, tree.Root(), previous, host.KeyId, []);
        return unsigned with { Signature = host.Sign(Dsse.Pae(Dsse.CommitType, Statements.Of(unsigned))) };
    }
}
