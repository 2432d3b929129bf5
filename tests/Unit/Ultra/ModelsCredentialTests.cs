using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Ultra;

/// <summary>Goal: the providers an operator signed are what is read, and no other word gets in beside them. Method: sign, read back, and change it member by member.</summary>
public sealed class ModelsCredentialTests
{
    private static readonly Ed25519Signer Signer = TestKeys.Signer(41);
    private static readonly Ed25519Signer Other = TestKeys.Signer(42);

    private static readonly string Way = Encoding.UTF8.GetString(EgressCredential.Sign(
        """{"egress":"v1","name":"west","tenant":"acme","serial":1,"not_after":"2027-06-30T00:00:00Z","grants":[{"host":"models.example.org","ports":[443]}]}"""u8, Signer).ToJson());

    private static string Document => $$"""
        {"models":"v1","tenant":"acme","serial":3,"not_after":"2027-06-30T00:00:00Z","providers":[
          {"name":"west","kind":"external","url":"https://models.example.org/v1/","model":"m-1","classes":["small","clinical"],"context_tokens":8192,"max_output_tokens":1024,
           "price":{"input_micro_per_1k":150,"output_micro_per_1k":600},"timeout_ms":5000,"key":"west","egress":{{Way}}}]}
        """;

    [Fact]
    public void Signed_providers_read_back_as_they_were_meant()
    {
        var signed = ModelsCredential.Sign(Encoding.UTF8.GetBytes(Document), Signer);
        var read = ModelsCredential.TryParse(signed.ToJson(), out var error);

        Assert.Equal(default, error);
        Assert.Equal(signed.Digest, read!.Digest);
        Assert.Equal(Signer.KeyId, read.SignedBy([Other.PublicKey, Signer.PublicKey]));
        Assert.Null(read.SignedBy([Other.PublicKey]));
        var catalog = read.Catalog;
        Assert.Equal(("acme", 3, 1_814_313_600_000_000), (catalog.Tenant.Value, catalog.Serial, catalog.NotAfterUs));
        var west = Assert.Single(catalog.Providers);
        Assert.Equal(("west", true, "https://models.example.org/v1/chat/completions", "m-1"), (west.Name, west.IsExternal, west.Url.ToString(), west.Model));
        Assert.Equal((8192, 1024, 150L, 600L, 5000, "west"), (west.ContextTokens, west.MaxOutputTokens, west.Price.InputMicroPer1k, west.Price.OutputMicroPer1k, west.TimeoutMs, west.Key));
        Assert.Equal(["small", "clinical"], west.Classes);
        Assert.Equal("west", read.Egress["west"].Profile.Name);
    }

    [Fact]
    public void A_changed_byte_of_what_was_signed_is_found()
    {
        var signed = ModelsCredential.Sign(Encoding.UTF8.GetBytes(Document), Signer);
        for (var at = 0; at < signed.Statement.Length; at += 7)
        {
            var changed = signed.Statement.ToArray();
            changed[at] ^= 1;
            Assert.True(ModelsCredential.TryParse((signed with { Statement = changed }).ToJson(), out _)?.SignedBy([Signer.PublicKey]) is null, $"byte {at}");
        }

        // An egress envelope, signed by the same hand, is none of these.
        Assert.Null(ModelsCredential.TryParse(Encoding.UTF8.GetBytes(Way), out var error));
        Assert.Equal("payloadType", error.Path);
    }

    [Theory]
    [InlineData("\"models\":\"v1\"", "\"models\":\"v2\"", "models")]
    [InlineData("\"serial\":3", "\"serial\":0", "serial")]
    [InlineData("\"serial\":3", "\"serial\":3,\"more\":1", "more")]
    [InlineData("\"not_after\":\"2027-06-30T00:00:00Z\",\"providers\"", "\"not_after\":\"soon\",\"providers\"", "not_after")]
    [InlineData("\"name\":\"west\",\"kind\"", "\"name\":\"../west\",\"kind\"", "providers[0].name")]
    [InlineData("\"kind\":\"external\"", "\"kind\":\"friendly\"", "providers[0].kind")]
    [InlineData("models.example.org/v1/\"", "models.example.org/v1?a=b\"", "providers[0].url")]
    [InlineData("https://models.example.org/v1/", "ftp://models.example.org/v1/", "providers[0].url")]
    [InlineData("https://models.example.org/v1/", "https://elsewhere.example.org/v1/", "providers[0].egress")]
    [InlineData("https://models.example.org/v1/", "http://models.example.org/v1/", "providers[0].egress")]
    [InlineData("[\"small\",\"clinical\"]", "[\"small\",\"small\"]", "providers[0].classes[1]")]
    [InlineData("[\"small\",\"clinical\"]", "[]", "providers[0].classes")]
    [InlineData("\"max_output_tokens\":1024", "\"max_output_tokens\":8193", "providers[0].max_output_tokens")]
    [InlineData("\"input_micro_per_1k\":150", "\"input_micro_per_1k\":-1", "providers[0].price.input_micro_per_1k")]
    [InlineData("\"input_micro_per_1k\":150", "\"input_micro_per_1k\":1.5", "providers[0].price.input_micro_per_1k")]
    [InlineData("\"key\":\"west\"", "\"key\":\"a/b\"", "providers[0].key")]
    [InlineData("\"key\":\"west\"", "\"secret\":\"x\"", "providers[0].secret")]
    public void What_is_not_as_it_must_be_is_refused_by_its_place(string was, string now, string path)
    {
        var changed = Document.Replace(was, now, StringComparison.Ordinal);
        Assert.NotEqual(Document, changed);
        var refused = Assert.Throws<VoxeltronException>(() => ModelsCredential.Sign(Encoding.UTF8.GetBytes(changed), Signer));
        Assert.StartsWith(path + ": ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""[{"host":"models.example.org","ports":[443]},{"host":"other.example.org","ports":[443]}]""")]
    [InlineData("""[{"host":"models.example.org","ports":[443,80]}]""")]
    public void A_way_that_leads_further_than_to_the_provider_is_refused(string grants)
    {
        var wide = Encoding.UTF8.GetString(EgressCredential.Sign(
            Encoding.UTF8.GetBytes($$"""{"egress":"v1","name":"west","tenant":"acme","serial":1,"not_after":"2027-06-30T00:00:00Z","grants":{{grants}}}"""), Signer).ToJson());
        var refused = Assert.Throws<VoxeltronException>(() => ModelsCredential.Sign(Encoding.UTF8.GetBytes(Document.Replace(Way, wide, StringComparison.Ordinal)), Signer));
        Assert.Contains("nothing else", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_providers_of_one_name_are_refused_and_none_at_all_is_a_catalogue()
    {
        using var document = JsonDocument.Parse(Document);
        var one = document.RootElement.GetProperty("providers")[0].GetRawText();
        Assert.Throws<VoxeltronException>(() => ModelsCredential.Sign(Encoding.UTF8.GetBytes(Document.Replace(one, $"{one},{one}", StringComparison.Ordinal)), Signer));
        Assert.Empty(ModelsCredential.Sign("""{"models":"v1","tenant":"acme","serial":4,"not_after":"2027-06-30T00:00:00Z","providers":[]}"""u8, Signer).Catalog.Providers);
    }
}
