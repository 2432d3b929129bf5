using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>People with API keys of their own, some with enrolled keys, and what they say to gates.</summary>
internal sealed class GateScene(RunningFabric fabric)
{
    /// <summary>A mission whose one task stands behind a gate.</summary>
    public static string Gated(string module, string name, string rule, string more = "") => $$"""
        {"spec": "v1", "name": "{{name}}", "inputs": {"requests": {} }, "gates": {"release": {{rule}} },
         "tasks": [{"id": "work", "module": "{{module}}", "map": "requests", "gate": "release"{{more}} }]}
        """;

    /// <summary>A mission of guest <c>asker</c>, which asks by itself.</summary>
    public static string Asking(string module, string name, string rule) => $$"""
        {"spec": "v1", "name": "{{name}}", "inputs": {"requests": {} }, "gates": {"release": {{rule}} },
         "tables": [
           {"name": "item", "key": ["id"], "columns": [{"name": "id", "type": "text"}, {"name": "n", "type": "int64"}]},
           {"name": "asking", "scope": "cell", "key": ["n"], "columns": [{"name": "n", "type": "int64"}, {"name": "open", "type": "int64"},
            {"name": "again", "type": "int64"}, {"name": "gate", "type": "text"}, {"name": "subject", "type": "text"}, {"name": "row", "type": "text"}]}],
         "tasks": [{"id": "ask", "module": "{{module}}", "map": "requests"}]}
        """;

    public async Task<Person> PersonAsync(string name, string role = "approver")
    {
        await using var output = new StringWriter();
        await KeyCommand.RunAsync(
            KeyOptions.Parse(["create", "--tenant", RunningFabric.TenantName, "--role", role, "--name", name, "--state", fabric.State.Paths.Root]), output, TimeProvider.System, CancellationToken.None);
        var key = output.ToString().Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries).Single(static word => word.StartsWith("vxt_", StringComparison.Ordinal));
        var http = new HttpClient { BaseAddress = fabric.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(70) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var who = await http.GetFromJsonAsync<JsonElement>("/v1/whoami");
        return new Person(name, who.GetProperty("key_id").GetString()!, key, http, new Ed25519Signer(RandomNumberGenerator.GetBytes(32)));
    }

    public async Task EnrollAsync(Person person)
    {
        using var response = await fabric.Http.PostAsJsonAsync("/v1/approvers", new { name = person.Name, public_key = Convert.ToBase64String(person.Signer.PublicKey), principal = person.KeyId });
        await OkAsync(response, "enrolled");
    }

    /// <summary>The mission's only open gate, once there is one newer than <paramref name="after"/>.</summary>
    public async Task<JsonElement> GateAsync(MissionId mission, long after = 0)
    {
        var gates = await fabric.UntilAsync(
            "A gate", "to be open", () => fabric.GetAsync($"/v1/gates?state=pending&mission={mission}"),
            page => page.GetProperty("gates").EnumerateArray().Any(gate => gate.GetProperty("gate").GetInt64() > after));
        var number = gates.GetProperty("gates").EnumerateArray().Max(static gate => gate.GetProperty("gate").GetInt64());
        return await fabric.GetAsync($"/v1/gates/{mission}/{number}");
    }

    /// <returns>Status of what was answered: counted, approved, denied or voided.</returns>
    public static async Task<string> DecideAsync(Person person, JsonElement detail, string decision = "approve", bool signed = false)
    {
        using var response = await PostAsync(person, detail, decision, signed ? Sign(person, detail, decision) : null);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement.GetProperty("status").GetString()!;
    }

    /// <summary>The decision does not count, and the answer says why.</summary>
    public static async Task RefusedAsync(string code, Person person, JsonElement detail, string decision = "approve", object? signature = null, string? digest = null)
    {
        using var response = await PostAsync(person, detail, decision, signature, digest);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.UnprocessableEntity && text.Contains($":{code}\"", StringComparison.Ordinal), $"expected {code}, but {(int)response.StatusCode}: {text}");
    }

    /// <summary>The mission has ended, or the gate has: no decision counts.</summary>
    public static async Task RefusedOrGoneAsync(Person person, JsonElement detail)
    {
        using var response = await SendAsync(person, detail);
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.Conflict, HttpStatusCode.UnprocessableEntity });
    }

    /// <summary>Without waiting for the answer.</summary>
    public static Task<HttpResponseMessage> SendAsync(Person person, JsonElement detail)
    {
        var gate = detail.GetProperty("gate");
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/gates/{gate.GetProperty("mission_id").GetString()}/{gate.GetProperty("gate").GetInt64()}:decide")
        {
            Content = JsonContent.Create(new { decision = "approve", digest = gate.GetProperty("digest").GetString() }),
        };
        request.Headers.Add("Prefer", "respond-async");
        return person.Http.SendAsync(request);
    }

    public static object Sign(Person person, JsonElement detail, string decision, string? name = null)
    {
        var gate = detail.GetProperty("gate");
        Assert.True(MissionId.TryParse(gate.GetProperty("mission_id").GetString(), out var mission));
        var sig = GateStatement.Sign(
            person.Signer, new TenantId(RunningFabric.TenantName), mission, gate.GetProperty("gate").GetInt64(), gate.GetProperty("digest").GetString()!, decision == "approve");
        return new { approver = name ?? person.Name, kid = person.Signer.KeyId.Value, sig = Convert.ToBase64String(sig) };
    }

    public static async Task OkAsync(HttpResponseMessage response, string status)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode && text.Contains($"\"status\":\"{status}\"", StringComparison.Ordinal), $"{(int)response.StatusCode}: {text}");
    }

    private static Task<HttpResponseMessage> PostAsync(Person person, JsonElement detail, string decision, object? signature, string? digest = null)
    {
        var gate = detail.GetProperty("gate");
        var path = $"/v1/gates/{gate.GetProperty("mission_id").GetString()}/{gate.GetProperty("gate").GetInt64()}:decide";
        digest ??= gate.GetProperty("digest").GetString();
        return signature is null
            ? person.Http.PostAsJsonAsync(path, new { decision, digest, comment = "read it" })
            : person.Http.PostAsJsonAsync(path, new { decision, digest, signature });
    }
}

/// <summary>Somebody with an API key, and a key of their own that never leaves them.</summary>
internal sealed record Person(string Name, string KeyId, string ApiKey, HttpClient Http, Ed25519Signer Signer);
