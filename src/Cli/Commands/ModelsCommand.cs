using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cli.Commands;

/// <summary><c>voxeltron models</c>: whom missions may ask models of is an operator's to sign, and whether they may ask outside an operator's to switch.</summary>
public static class ModelsCommand
{
    public const string Verbs = "sign FILE, apply FILE, list, or air-gap on|off";

    /// <summary>How many words there must be, by the first of them; -1: it is no verb.</summary>
    public static int Wanted(IReadOnlyList<string> words) => words switch { ["sign" or "apply" or "air-gap", ..] => 2, ["list", ..] => 1, _ => -1 };

    public static async Task<int> RunAsync(Arguments arguments, Func<FabricClient> connect, TextWriter output, CancellationToken cancel)
    {
        if (arguments.Words[0] == "sign")
        {
            // Needs no fabric that runs.
            return await SignAsync(arguments, output, cancel);
        }

        using var client = connect();
        return arguments.Words switch
        {
            ["apply", var file] => await ApplyAsync(client, file, output, cancel),
            ["air-gap", "on"] => await SetGapAsync(client, true, output, cancel),
            ["air-gap", "off"] => await SetGapAsync(client, false, output, cancel),
            ["air-gap", var other] => throw new CliException($"air-gap is on or off, not '{other}'."),
            _ => await ListAsync(client, output, cancel),
        };
    }

    private static async Task<int> SignAsync(Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        var document = await EgressCommand.ReadAsync(arguments.Words[1], cancel);
        var seed = EgressCommand.Seed(arguments.Text("--key") ?? EgressCommand.DefaultKey("models"));
        ModelsCredential credential;
        try
        {
            using var signer = new Ed25519Signer(seed);
            credential = ModelsCredential.Sign(document, signer);
        }
        catch (VoxeltronException refused)
        {
            throw new CliException(refused.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }

        if (arguments.Text("--out") is not { } target)
        {
            output.WriteLine(Encoding.UTF8.GetString(credential.ToJson()));
            return 0;
        }

        await File.WriteAllBytesAsync(target, [.. credential.ToJson(), (byte)'\n'], cancel);
        var catalog = credential.Catalog;
        var ends = DateTimeOffset.FromUnixTimeMilliseconds(catalog.NotAfterUs / 1000);
        output.WriteLine($"models of tenant {catalog.Tenant}, serial {catalog.Serial}, until {ends.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)}, {catalog.Providers.Count} providers");
        output.WriteLine($"Signed into {target}. Declare it with: voxeltron models apply {target}");
        return 0;
    }

    private static async Task<int> ApplyAsync(FabricClient client, string file, TextWriter output, CancellationToken cancel)
    {
        var answer = await client.PostAsync("v1/models", await EgressCommand.ReadAsync(file, cancel), ApiJson.Default.ModelsAppliedAnswer, "Declaring models", cancel);
        output.WriteLine(answer.Seq is { } seq
            ? $"models: serial {answer.Serial} holds, {answer.Providers} providers, seq {seq} of the tenant's system stream"
            : $"models: asked for as intent {answer.IntentId}, durable, and not answered yet; no worker may be up. Look with: voxeltron models list");
        return answer.Seq is null ? 1 : 0;
    }

    private static async Task<int> SetGapAsync(FabricClient client, bool on, TextWriter output, CancellationToken cancel)
    {
        var answer = await client.PostAsync("v1/models/air-gap", on ? "{\"on\":true}"u8.ToArray() : "{\"on\":false}"u8.ToArray(), ApiJson.Default.AirGapAnswer, "Setting the air gap", cancel);
        var whose = answer.Tenant == TenantId.Fabric.Value ? "all tenants" : "tenant " + answer.Tenant;
        output.WriteLine(answer.Seq is { } seq
            ? $"air gap of {whose}: {(on ? "on, no model call leaves the house" : "off")}, seq {seq} of the system stream"
            : $"air gap of {whose}: asked for as intent {answer.IntentId}, durable, and NOT in force yet; no worker may be up. Look with: voxeltron models list");
        return answer.Seq is null ? 1 : 0;
    }

    private static async Task<int> ListAsync(FabricClient client, TextWriter output, CancellationToken cancel)
    {
        var models = await client.GetAsync("v1/models", ApiJson.Default.ModelsAnswer, "Reading models", cancel);
        output.WriteLine($"models of tenant {models.Tenant}: {(models.Serial == 0 ? "none declared" : $"serial {models.Serial}, until {models.NotAfter}")}; air gap {(models.AirGap ? models.AirGapOfFabric ? "on, by the fabric" : "on" : "off")}");
        foreach (var one in models.Providers)
        {
            output.WriteLine($"  {one.Name,-20} {one.Kind,-8} {one.Place,-40} {one.Model,-24} {string.Join(',', one.Classes),-20} {one.ContextTokens,8} tokens, {one.InputMicroPer1k}/{one.OutputMicroPer1k} micro per 1k{(one.Key is null ? "" : ", key " + one.Key)}");
        }

        return 0;
    }
}
