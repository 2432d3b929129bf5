using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Makes the rows of <c>journal.seal</c> that go with a commit.</summary>
public static class SealBuilder
{
    /// <summary>The owner's seal over every entry of one stream in one commit.</summary>
    /// <param name="entries">At least one, consecutive.</param>
    public static SealRow Host(ISigner host, HostId hostId, long commitNumber, IReadOnlyList<Entry> entries) =>
        Sign(host, SealRoles.Host, hostId, commitNumber, entries);

    /// <summary>A cell's seal over its own entries since its last seal.</summary>
    /// <param name="entries">At least one: every entry of this cell since then, other entries left out.</param>
    public static SealRow Cell(ISigner cell, HostId hostId, long commitNumber, IReadOnlyList<Entry> entries) =>
        Sign(cell, SealRoles.Cell, hostId, commitNumber, entries);

    /// <summary>The signature an intent came with, moved beside the entry that holds its body.</summary>
    public static SealRow Actor(Intent intent, long seq, HostId hostId, long commitNumber) => new(
        intent.Tenant,
        intent.Stream,
        seq,
        seq,
        EntryCount: 1,
        SealRoles.Actor,
        intent.Signer,
        hostId,
        commitNumber,
        Chain.BodyDigest(intent.Body),
        intent.Signature);

    private static SealRow Sign(ISigner signer, string role, HostId hostId, long commitNumber, IReadOnlyList<Entry> entries)
    {
        if (entries.Count == 0)
        {
            throw new ArgumentException("A seal covers at least one entry.", nameof(entries));
        }

        var tree = new MerkleAccumulator();
        for (var i = 0; i < entries.Count; i++)
        {
            tree.Append(MerkleTree.LeafHash(entries[i].Chain));
        }

        var (first, last) = (entries[0].Header, entries[^1].Header);
        var unsigned = new SealRow(
            first.Tenant, first.Stream, first.Seq, last.Seq, entries.Count, role, signer.KeyId, hostId, commitNumber, tree.Root(), []);
        return unsigned with { Signature = signer.Sign(Dsse.Pae(Dsse.SealType, Statements.Of(unsigned))) };
    }
}
