using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

// Goal: a log written by any earlier version still verifies. Method: bytes of every signed form, from fixed keys, as committed.
public sealed class GoldenTests
{
    private static readonly EntryHeader Header = new(
        new TenantId("clinic"), new StreamId(new Guid("00112233-4455-6677-8899-aabbccddeeff")), 7, 2, 1_790_000_000_123_456, EntryKinds.TaskFailed, "host/" + new string('a', 32));

    [Fact]
    public void Header_and_chain_bytes()
    {
        const string body = "{\"attempt\":3,\"code\":\"deadline_exceeded\",\"task\":\"extract/ä-1\",\"v\":1}";
        var first = Chain.Next(Chain.Zero, Header, body);
        var second = Chain.Next(first, Header with { Seq = 8 }, new string('x', 5_000));
        GoldenFile.Check("header.txt", Lines(
            Convert.ToHexStringLower(Header.Encode()), body, Convert.ToHexStringLower(first), Convert.ToHexStringLower(second),
            PayloadDigest.Hex(LogBuilder.Salt(3), "payload"u8)));
    }

    [Fact]
    public void Seals_commit_and_leaf()
    {
        var host = new TestHost(1);
        var entries = new List<Entry>();
        var chain = Chain.Zero.ToArray();
        for (var seq = 7; seq < 10; seq++)
        {
            var header = Header with { Seq = seq };
            chain = Chain.Next(chain, header, "{}");
            entries.Add(new Entry(header, "{}", null, null, chain));
        }

        var seal = SealBuilder.Host(host.Signer, host.Id, 5, entries);
        var cell = SealBuilder.Cell(new TestCell(1).Signer, host.Id, 5, [entries[0], entries[2]]);
        var commit = CommitBuilder.Build(host.Signer, host.Id, 5, 1_790_000_000_200_000, [seal], CommitBuilder.FirstPrevious);
        GoldenFile.Check("seal.txt", Lines(
            Text(Statements.Of(seal)), Convert.ToHexStringLower(seal.Signature),
            Text(Statements.Of(cell)), Convert.ToHexStringLower(cell.Signature),
            Text(Statements.Of(commit)), Convert.ToHexStringLower(commit.Signature),
            Convert.ToHexStringLower(Statements.Link(commit)), Convert.ToHexStringLower(Statements.Leaf(commit))));
        Assert.True(Ed25519.Verify(host.Signer.PublicKey, Dsse.Pae(Dsse.CommitType, Statements.Of(commit)), commit.Signature));
    }

    [Fact]
    public void Intents_and_genesis()
    {
        var log = new LogBuilder();
        var genesis = log.Genesis();
        var intent = log.Intent(log.Stream(SampleLog.Tenant, Header.Stream), EntryKinds.InputSubmitted, w => w.Name("input").String("requests").Name("item").String("r-1"), "payload"u8.ToArray());
        GoldenFile.Check("intent.txt", Lines(
            genesis.Body.ToString(), Convert.ToHexStringLower(genesis.Signature), intent.Body.ToString(), Convert.ToHexStringLower(intent.Signature)));
        Assert.True(Ed25519.Verify(log.RootPublicKey, Dsse.Pae(Dsse.IntentType, genesis.Body.Span), genesis.Signature));
    }

    [Fact]
    public void Delegation_and_checkpoint()
    {
        var keys = new TestKeys();
        var host = new TestHost(1);
        var delegation = Delegation.ForHost(keys.Ca, host.Signer.PublicKey, host.Id, 1_790_000_000_000_000, 1_792_592_000_000_000);
        var writer = new JcsWriter();
        delegation.WriteTo(writer);
        var checkpoint = Checkpoint.Sign(Checkpoint.OriginOf(LogBuilder.Fabric), 3, MerkleTree.LeafHash([]), 1_790_000_000_300_000, keys.Log);
        GoldenFile.Check("delegation.txt", Lines(Text(delegation.Statement()), writer.ToString(), checkpoint.Note, new NoteKey(Checkpoint.OriginOf(LogBuilder.Fabric), keys.Log.PublicKey).ToString()));
    }

    private static string Text(byte[] utf8) => Encoding.UTF8.GetString(utf8);

    private static string Lines(params string[] lines) => string.Join('\n', lines) + "\n";
}
