namespace Voxeltron.Ultra;

/// <summary>
/// The canonical texts that seals and commits sign, rebuilt from the columns alone: a changed column changes the text,
/// and the signature no longer fits. SQL in schema <c>audit</c> builds the same texts.
/// </summary>
public static class Statements
{
    private const int Version = 1;

    /// <summary>Of a host or cell seal. An actor seal signs the entry's body instead (<see cref="IntentSignature"/>).</summary>
    public static byte[] Of(SealRow seal) => Close(Write(seal));

    /// <summary>The seal's leaf under its commit's root.</summary>
    public static byte[] Leaf(SealRow seal)
    {
        var json = Write(seal);
        var leaf = MerkleTree.LeafHash(json.WrittenSpan);
        json.Return();
        return leaf;
    }

    private static JcsWriter Write(SealRow seal) => JcsWriter.Rent().BeginObject()
        .Name("commit").Integer(seal.CommitNumber)
        .Name("count").Integer(seal.EntryCount)
        .Name("first").Integer(seal.FirstSeq)
        .Name("host").String(seal.Host.Hex)
        .Name("last").Integer(seal.LastSeq)
        .Name("role").String(seal.Role)
        .Name("root").Hex(seal.Root)
        .Name("signer").String(seal.Signer.Value)
        .Name("stream").String(seal.Stream.Hex)
        .Name("tenant").String(seal.Tenant.Value)
        .Name("v").Integer(Version)
        .EndObject();

    public static byte[] Of(CommitRow commit) => Close(JcsWriter.Rent().BeginObject()
        .Name("count").Integer(commit.EntryCount)
        .Name("host").String(commit.Host.Hex)
        .Name("number").Integer(commit.Number)
        .Name("previous").Hex(commit.Previous)
        .Name("root").Hex(commit.Root)
        .Name("signer").String(commit.Signer.Value)
        .Name("streams").Integer(commit.StreamCount)
        .Name("time_us").Integer(commit.TimeUs)
        .Name("v").Integer(Version)
        .EndObject());

    /// <summary>What the host's next commit names as its previous: SHA-256 over statement and signature.</summary>
    public static byte[] Link(CommitRow commit) => Sha256.Hash(Signed(commit));

    /// <summary>The commit's leaf in the fabric's Merkle log.</summary>
    public static byte[] Leaf(CommitRow commit) => MerkleTree.LeafHash(Signed(commit));

    private static byte[] Close(JcsWriter json)
    {
        var bytes = json.ToArray();
        json.Return();
        return bytes;
    }

    private static byte[] Signed(CommitRow commit) => [.. Of(commit), .. commit.Signature];
}
