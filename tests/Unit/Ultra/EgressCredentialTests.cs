using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Goal: what an operator signed is what is read, and nothing else is. Method: sign, read back, and change it in every way a file could be changed.</summary>
public sealed class EgressCredentialTests
{
    private const string Document =
        """{"serial":3,"tenant":"acme","name":"claims","egress":"v1","not_after":"2027-06-30T00:00:00Z","grants":[{"host":"claims.example.org","addresses":["10.20.0.0/16"],"ports":[443],"plain":false}]}""";

    private static readonly Ed25519Signer Signer = TestKeys.Signer(31);
    private static readonly Ed25519Signer Other = TestKeys.Signer(32);

    [Fact]
    public void A_signed_profile_reads_back_as_it_was_meant()
    {
        var signed = EgressCredential.Sign(Encoding.UTF8.GetBytes(Document), Signer);
        var read = Read(signed.ToJson(), out var error);

        Assert.Equal(default, error);
        Assert.Equal(signed.Digest, read!.Digest);
        Assert.Equal(Signer.KeyId, read.SignedBy([Other.PublicKey, Signer.PublicKey]));
        Assert.Null(read.SignedBy([Other.PublicKey]));
        Assert.Null(read.SignedBy([]));
        Assert.Equal(("claims", "acme", 3, EgressLimits.Default), (read.Profile.Name, read.Profile.Tenant.Value, read.Profile.Serial, read.Profile.Limits));
        Assert.Equal("claims.example.org", Assert.Single(read.Profile.Grants).Host);
    }

    [Fact]
    public void The_same_words_in_another_order_are_the_same_profile()
    {
        var other = """{"grants":[{"ports":[443],"plain":false,"addresses":["10.20.0.0/16"],"host":"claims.example.org"}],"egress":"v1","not_after":"2027-06-30T00:00:00Z","name":"claims","serial":3,"tenant":"acme"}""";
        Assert.Equal(EgressCredential.Sign(Encoding.UTF8.GetBytes(Document), Signer).Digest, EgressCredential.Sign(Encoding.UTF8.GetBytes(other), Other).Digest);
    }

    [Fact]
    public void Any_changed_byte_of_what_was_signed_is_found()
    {
        var signed = EgressCredential.Sign(Encoding.UTF8.GetBytes(Document), Signer);
        for (var at = 0; at < signed.Statement.Length; at++)
        {
            var changed = signed.Statement.ToArray();
            changed[at] ^= 1;
            var envelope = new EgressCredential(changed, signed.Profile, signed.Signatures).ToJson();
            Assert.True(Read(envelope, out _)?.SignedBy([Signer.PublicKey]) is null, $"byte {at}");
        }

        var signature = signed.Signatures[0].Value.ToArray();
        signature[10] ^= 1;
        Assert.Null((signed with { Signatures = [new EgressSignature(Signer.KeyId.Value, signature)] }).SignedBy([Signer.PublicKey]));
        Assert.Null((signed with { Signatures = [new EgressSignature(Other.KeyId.Value, signed.Signatures[0].Value)] }).SignedBy([Signer.PublicKey, Other.PublicKey]));
    }

    [Theory]
    [InlineData("\"ports\":[443]", "\"port\":[443]", "grants[0].port")]
    [InlineData("\"ports\":[443]", "\"ports\":[]", "grants[0].ports")]
    [InlineData("\"ports\":[443]", "\"ports\":[70000]", "grants[0].ports")]
    [InlineData("10.20.0.0/16", "10.20.0.1/16", "grants[0].addresses[0]")]
    [InlineData("claims.example.org", "Claims.example.org", "grants[0].host")]
    [InlineData("claims.example.org", "*.example.org", "grants[0].host")]
    [InlineData("claims.example.org", "10.0.0.1", "grants[0].host")]
    [InlineData("\"serial\":3", "\"serial\":0", "serial")]
    [InlineData("2027-06-30T00:00:00Z", "2027-06-30", "not_after")]
    [InlineData("\"v1\"", "\"v2\"", "egress")]
    [InlineData("\"plain\":false", "\"plain\":\"no\"", "grants[0].plain")]
    [InlineData("\"name\":\"claims\"", "\"name\":\"Claims\"", "name")]
    public void A_wrong_member_is_refused_by_its_path(string right, string wrong, string path)
    {
        var refused = Assert.Throws<VoxeltronException>(() => EgressCredential.Sign(Encoding.UTF8.GetBytes(Document.Replace(right, wrong, StringComparison.Ordinal)), Signer));
        Assert.Equal("egress_invalid", refused.FaultCode);
        Assert.StartsWith(path, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"payload":"!","payloadType":"application/vnd.voxeltron.egress.v1+json","signatures":[{"keyid":"a","sig":""}]}""")]
    [InlineData("""{"payload":"e30=","payloadType":"application/json","signatures":[{"keyid":"a","sig":""}]}""")]
    [InlineData("""{"payload":"e30=","payloadType":"application/vnd.voxeltron.egress.v1+json","signatures":[]}""")]
    public void What_is_no_envelope_is_refused(string json)
    {
        Assert.Null(Read(Encoding.UTF8.GetBytes(json), out var error));
        Assert.NotEqual("", error.Reason);
    }

    private static EgressCredential? Read(byte[] json, out EgressError error)
    {
        using var document = JsonDocument.Parse(json);
        return EgressCredential.TryParse(document.RootElement, out error);
    }
}
