using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Makes the rows of <c>journal.seal</c> that go with a commit.</summary>
public static class SealBuilder
{
    /// <summary>The owner's seal over every entry of one stream in one commit.</summary>
    /// <param name="entries">At least one, consecutive.</param>
    public static SealRow Host(ISigner host, HostId hostId, long commitNumber, IReadOnlyList<Entry> entries) =>
        Sign(host, SealRoles.Host, hostId, commitNumber, RangeOf(entries));

    /// <summary>A cell's seal over its own entries since its last seal.</summary>
    /// <param name="range">At least one: every entry of this cell since then, other entries left out.</param>
    public static SealRow Cell(ISigner cell, HostId hostId, long commitNumber, in SealedRange range) =>
        Sign(cell, SealRoles.Cell, hostId, commitNumber, range);

    /// <summary>The same, over entries at hand.</summary>
    public static SealRow Cell(ISigner cell, HostId hostId, long commitNumber, IReadOnlyList<Entry> entries) =>
        Sign(cell, SealRoles.Cell, hostId, commitNumber, RangeOf(entries));

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

    private static SealedRange RangeOf(IReadOnlyList<Entry> entries)
    {
        var tree = new MerkleAccumulator();
        for (var i = 0; i < entries.Count; i++)
        {
            tree.AppendEntry(entries[i]);
        }

        return entries.Count == 0
            ? throw new ArgumentException("A seal covers at least one entry.", nameof(entries))
            : new SealedRange(entries[0].Header.Tenant, entries[0].Header.Stream, entries[0].Header.Seq, entries[^1].Header.Seq, entries.Count, tree.Root());
    }

    private static SealRow Sign(ISigner signer, string role, HostId hostId, long commitNumber, in SealedRange range)
    {
        var unsigned = new SealRow(
            range.Tenant, range.Stream, range.FirstSeq, range.LastSeq, range.Count, role, signer.KeyId, hostId, commitNumber, range.Root, []);
        return unsigned with { Signature = signer.Sign(Dsse.Pae(Dsse.SealType, Statements.Of(unsigned))) };
    }
}

/// <summary>What a seal covers: entries of one stream, and the RFC 6962 root over their chain values.</summary>
public readonly record struct SealedRange(TenantId Tenant, StreamId Stream, long FirstSeq, long LastSeq, int Count, byte[] Root);
