using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Egress;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Models;

/// <summary>A fabric with model providers: real servers in the world outside, declared by an operator over HTTP, and missions of the guest that asks.</summary>
internal sealed class ModelScene(RunningFabric fabric, EgressScene egress) : IAsyncDisposable
{
    // A fabric may serve several tests: each declares anew, and only upwards.
    private static int s_serial;

    private readonly List<string> _providers = [];
    private string? _module;

    public EgressScene Egress => egress;

    public ISigner Operator { get; } = fabric.State.Signer(FabricKey.Operator);

    public static int NextSerial() => Interlocked.Increment(ref s_serial);

    /// <param name="external">It stands at another address, for those who read the log.</param>
    public async Task ServeAsync(string name, RequestDelegate answer, bool external = false, long price = 0, string? key = null)
    {
        var address = external ? EgressScene.Other : EgressScene.One;
        var port = await egress.ServeAsync(address, answer);
        _providers.Add(ModelDocuments.Provider(Operator, RunningFabric.TenantName, name, address, port, external, price, key: key));
    }

    /// <summary>A provider where nobody is.</summary>
    public void Miss(string name, long price = 0, int context = 100_000) => _providers.Add(ModelDocuments.Provider(Operator, RunningFabric.TenantName, name, EgressScene.One, 9, price: price, context: context));

    public async Task DeclareAsync() =>
        Assert.Equal("holds", (await PostAsync("/v1/models", Encoding.UTF8.GetString(ModelDocuments.Sign(Operator, RunningFabric.TenantName, NextSerial(), _providers).ToJson()))).GetProperty("status").GetString());

    public async Task GapAsync(bool on) =>
        Assert.Equal("holds", (await PostAsync("/v1/models/air-gap", on ? "{\"on\":true}" : "{\"on\":false}")).GetProperty("status").GetString());

    public async Task<JsonElement> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await fabric.Http.PostAsync(path, content);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {text}\n{fabric.Logs()}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }

    public async Task<MissionId> OpenAsync(string name, string models = """{"classes":["small"],"max_tokens":100}""")
    {
        _module ??= await fabric.RegisterAsync("ask", BuiltFiles.Guest("ask"));
        var mission = await fabric.OpenAsync($$$"""
            {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {}}, "profiles": {"default": {"models": {{{models}}}}},
             "tables": [{"name": "asked", "scope": "cell", "key": ["n"], "columns": [
               {"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"}, {"name": "then", "type": "text"}, {"name": "line", "type": "text"}]}],
             "tasks": [{"id": "fetch", "map": "requests", "module": "{{{_module}}}", "retry": {"max_attempts": 5, "backoff_ms": 10}}]}
            """, wait: 20);
        await fabric.UntilAsync("A mission that asks", "to be open", () => egress.StatusAsync(mission), static status => status == "open");
        return mission;
    }

    public Task<IReadOnlyList<string>> RunAsync(MissionId mission, string item, string commands) => egress.RunAsync(mission, item, commands);

    public static RequestDelegate Good(string text) => http => SayAsync(http, ModelDocuments.Answer(text));

    public static Task SayAsync(HttpContext http, string json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    }

    public ValueTask DisposeAsync()
    {
        ((IDisposable)Operator).Dispose();
        return egress.DisposeAsync();
    }
}
