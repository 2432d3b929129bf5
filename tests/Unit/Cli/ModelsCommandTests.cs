using System.Security.Cryptography;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Fabric;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

/// <summary>Goal: an operator signs, declares, looks and cuts with one command each, and is told when nothing is in force yet. Method: an Api that answers by what a test says.</summary>
public sealed class ModelsCommandTests : IDisposable
{
    private const string Document = """{"models":"v1","tenant":"acme","serial":4,"not_after":"2027-06-30T00:00:00Z","providers":[]}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("vxt-cli-models-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_was_signed_is_what_the_fabric_reads()
    {
        var (key, file, target) = (Path.Combine(_folder, "operator.key"), Path.Combine(_folder, "models.json"), Path.Combine(_folder, "signed.json"));
        var seed = RandomNumberGenerator.GetBytes(32);
        await File.WriteAllTextAsync(key, Convert.ToBase64String(seed));
        await File.WriteAllTextAsync(file, Document);

        var (code, said) = await RunAsync(static _ => throw new InvalidOperationException("Signing asks nobody."), "sign", file, "--key", key, "--out", target);

        Assert.Equal(0, code);
        Assert.Contains("models of tenant acme, serial 4, until 2027-06-30T00:00:00Z, 0 providers", said, StringComparison.Ordinal);
        using var signer = new Ed25519Signer(seed);
        Assert.Equal(signer.KeyId, ModelsCredential.TryParse(await File.ReadAllBytesAsync(target), out _)!.SignedBy([signer.PublicKey]));
        await File.WriteAllTextAsync(file, Document.Replace("acme", "No Tenant", StringComparison.Ordinal));
        await Assert.ThrowsAsync<CliException>(() => RunAsync(static _ => "", "sign", file, "--key", key));
    }

    [Theory]
    [InlineData("7", 0, "serial 4 holds, 2 providers, seq 7")]
    [InlineData("null", 1, "not answered yet")]
    public async Task Declaring_says_whether_it_holds(string seq, int code, string expected)
    {
        var file = Path.Combine(_folder, "signed.json");
        await File.WriteAllTextAsync(file, "{}");
        var (exit, said) = await RunAsync(
            path => path == "POST /v1/models" ? $$"""{"serial":4,"digest":"d","providers":2,"intent_id":"i","status":"holds","seq":{{seq}}}""" : throw new InvalidOperationException(path), "apply", file);
        Assert.Equal(code, exit);
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on", "acme", "7", 0, "air gap of tenant acme: on, no model call leaves the house, seq 7")]
    [InlineData("off", "fabric", "7", 0, "air gap of all tenants: off, seq 7")]
    [InlineData("on", "acme", "null", 1, "NOT in force yet")]
    public async Task The_air_gap_says_whether_it_is_in_force(string on, string tenant, string seq, int code, string expected)
    {
        var (exit, said) = await RunAsync(
            path => path == "POST /v1/models/air-gap" ? $$"""{"tenant":"{{tenant}}","on":true,"intent_id":"i","status":"holds","seq":{{seq}}}""" : throw new InvalidOperationException(path), "air-gap", on);
        Assert.Equal(code, exit);
        Assert.Contains(expected, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_names_each_provider_and_never_a_key_itself()
    {
        var (_, said) = await RunAsync(static _ => """
            {"tenant":"acme","serial":4,"not_after":"2027-06-30T00:00:00.000000Z","air_gap":true,"air_gap_of_fabric":true,"providers":[
              {"name":"west","kind":"external","place":"https://m.example:443","model":"m-1","classes":["small"],"context_tokens":8192,"max_output_tokens":9,"input_micro_per_1k":150,"output_micro_per_1k":600,"timeout_ms":1,"key":"west"}]}
            """, "list");
        Assert.Contains("serial 4, until 2027-06-30T00:00:00.000000Z; air gap on, by the fabric", said, StringComparison.Ordinal);
        Assert.Contains("150/600 micro per 1k, key west", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("list", "more")]
    [InlineData("sign")]
    [InlineData("apply")]
    [InlineData("air-gap")]
    [InlineData("wish", "x")]
    public async Task What_is_no_such_command_is_told_with_those_there_are(params string[] words)
    {
        await using var output = new StringWriter();
        Assert.Equal(2, await CommandLine.RunAsync(["models", .. words], output, output, CancellationToken.None));
        Assert.Contains(ModelsCommand.Verbs, output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gap_is_on_or_off() => await Assert.ThrowsAsync<CliException>(() => RunAsync(static _ => "", "air-gap", "half"));

    private static async Task<(int Code, string Said)> RunAsync(Func<string, string?> api, params string[] words)
    {
        await using var output = new StringWriter();
        var code = await ModelsCommand.RunAsync(
            Arguments.Parse(words, "--key", "--out"), () => new FabricClient(StubApi.Address, new StubApi(api)), output, CancellationToken.None);
        return (code, output.ToString());
    }
}
