using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>One signature for many intents: each member proves its own place, and no byte of the proof is free.</summary>
public sealed class IntentSignatureTests
{
    private readonly TestKeys _keys = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(50)]
    [InlineData(1_000)]
    [InlineData(IntentSignature.MostIntents)]
    public void Every_member_of_a_group_verifies_and_vouches_for_no_other_body(int count)
    {
        var signed = IntentSignature.Sign(_keys.Api, Drafts(count));
        var check = new IntentSignatureCheck();
        for (var i = 0; i < count; i++)
        {
            Assert.True(IntentSignature.Verify(_keys.Api.PublicKey, signed[i].Body, signed[i].Signature));
            Assert.True(check.Verify(_keys.Api.PublicKey, signed[i].Body, signed[i].Signature));
            Assert.False(check.Verify(_keys.Ca.PublicKey, signed[i].Body, signed[i].Signature));
            Assert.InRange(signed[i].Signature.Length, Ed25519.SignatureBytes, IntentSignature.MostBytes);
            if (count > 1)
            {
                var other = signed[(i + 1) % count];
                Assert.False(check.Verify(_keys.Api.PublicKey, other.Body, signed[i].Signature));
            }
        }
    }

    [Fact]
    public void One_intent_keeps_a_plain_signature_of_its_body()
    {
        var alone = IntentSignature.Sign(_keys.Api, Drafts(1))[0];
        Assert.True(Ed25519.Verify(_keys.Api.PublicKey, Dsse.Pae(Dsse.IntentType, alone.Body.Span), alone.Signature));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(50)]
    public void No_byte_of_a_group_signature_can_change_be_cut_or_be_added(int count)
    {
        foreach (var intent in IntentSignature.Sign(_keys.Api, Drafts(count)))
        {
            for (var at = 0; at < intent.Signature.Length; at++)
            {
                foreach (var mask in new byte[] { 1, 0x80, 0xff })
                {
                    var forged = intent.Signature.ToArray();
                    forged[at] ^= mask;
                    Assert.False(new IntentSignatureCheck().Verify(_keys.Api.PublicKey, intent.Body, forged), $"byte {at} of {forged.Length} ^ {mask}");
                }

                Assert.False(IntentSignature.Verify(_keys.Api.PublicKey, intent.Body, intent.Signature[..at]), $"cut to {at}");
            }

            Assert.False(IntentSignature.Verify(_keys.Api.PublicKey, intent.Body, [.. intent.Signature, 0]));
            Assert.False(IntentSignature.Verify(_keys.Api.PublicKey, intent.Body, [.. intent.Signature, .. new byte[32]]));
        }
    }

    [Fact]
    public void A_forged_member_is_refused_though_its_group_was_found_good()
    {
        var signed = IntentSignature.Sign(_keys.Api, Drafts(4));
        var check = new IntentSignatureCheck();
        Assert.True(check.Verify(_keys.Api.PublicKey, signed[0].Body, signed[0].Signature));
        Assert.False(check.Verify(_keys.Api.PublicKey, signed[0].Body.ToString().Replace("i-0", "i-x", StringComparison.Ordinal), signed[0].Signature));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(13)]
    [InlineData(64)]
    [InlineData(100)]
    public void Paths_and_root_are_those_of_the_growing_tree(int leaves)
    {
        var hashes = Enumerable.Range(0, leaves).Select(static i => MerkleTree.LeafHash(BitConverter.GetBytes(i))).ToArray();
        var paths = new MerklePaths(hashes);
        Assert.Equal(MerkleTree.Root(hashes), paths.Root);
        for (var i = 0; i < leaves; i++)
        {
            Assert.True(MerkleProof.VerifyInclusion(hashes[i], i, leaves, paths.PathOf(i), paths.Root));
        }
    }

    [Fact]
    public void An_empty_or_foreign_or_too_large_group_is_not_signed()
    {
        Assert.Throws<ArgumentException>(() => IntentSignature.Sign(_keys.Api, []));
        Assert.Throws<ArgumentException>(() => IntentSignature.Sign(_keys.Ca, Drafts(2)));
        Assert.Throws<ArgumentException>(() => IntentSignature.Sign(_keys.Api, [.. Enumerable.Repeat(Drafts(1)[0], IntentSignature.MostIntents + 1)]));
    }

    private Intent[] Drafts(int count) => [.. Enumerable.Range(0, count).Select(i => IntentBuilder.Draft(
        _keys.Api.KeyId, Actors.Key(KeyRoles.Api, _keys.Api.KeyId), SampleLog.Tenant, new StreamId(Guid.Empty), EntryKinds.InputSubmitted, 5,
        new Guid(i, 0, 0, new byte[8]), json => json.Name("input").String("items").Name("item").String($"i-{i}")))];
}
