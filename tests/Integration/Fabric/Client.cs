using System.Net;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>What a customer does with a fabric, over HTTP.</summary>
internal static class Client
{
    public static async Task<string> RegisterAsync(this RunningFabric fabric, string name, byte[] wasm)
    {
        // The POST waits ten seconds for the verdict; a worker that just starts may need longer. Repeating it is free.
        var view = await fabric.UntilAsync(
            "Registering " + name,
            "a registered module",
            async () =>
            {
                using var response = await fabric.PostModuleAsync(name, wasm);
                var text = await response.Content.ReadAsStringAsync();
                Assert.True(response.IsSuccessStatusCode, text);
                return text;
            },
            static text => text.Contains("\"registered\"", StringComparison.Ordinal));
        using var json = JsonDocument.Parse(view);
        return json.RootElement.GetProperty("module_digest").GetString()!;
    }

    public static Task<HttpResponseMessage> PostModuleAsync(this RunningFabric fabric, string name, byte[] wasm) =>
        fabric.Http.SendAsync(Requests.Post("/v1/modules?name=" + name, wasm, "application/wasm"));

    public static async Task<MissionId> OpenAsync(this RunningFabric fabric, string spec, int wait = 0)
    {
        using var response = await fabric.Http.SendAsync(Requests.Mission(spec, Guid.NewGuid().ToString("N"), wait));
        var json = await ReadAsync(response);
        Assert.True(MissionId.TryParse(json.GetProperty("mission_id").GetString(), out var mission));
        return mission;
    }

    public static async Task SubmitAsync(this RunningFabric fabric, MissionId mission, string item, byte[] bytes, string input = "requests")
    {
        using var response = await fabric.Http.SendAsync(Requests.Item(mission, input, item, bytes));
        await ReadAsync(response);
    }

    /// <summary>False when it is not known whether it arrived: sent again under the same name it attaches.</summary>
    public static async Task<bool> TrySubmitAsync(this RunningFabric fabric, MissionId mission, string item, byte[] bytes)
    {
        try
        {
            using var response = await fabric.Http.SendAsync(Requests.Item(mission, "requests", item, bytes));
            Assert.True(response.IsSuccessStatusCode || response.StatusCode >= HttpStatusCode.InternalServerError, $"{item}: {(int)response.StatusCode}");
            return response.IsSuccessStatusCode;
        }
        catch (Exception away) when (away is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public static Task SubmitAsync(this RunningFabric fabric, MissionId mission, IEnumerable<(string Item, string Text)> items) =>
        fabric.SubmitAsync(mission, items.Select(static item => (item.Item, Encoding.UTF8.GetBytes(item.Text))));

    public static async Task SubmitAsync(this RunningFabric fabric, MissionId mission, IEnumerable<(string Item, byte[] Bytes)> items)
    {
        using var response = await fabric.Http.SendAsync(Requests.Batch(mission, items.Select(static item => Requests.BatchLine(item.Item, item.Bytes))));
        await ReadAsync(response);
    }

    public static async Task CloseAsync(this RunningFabric fabric, MissionId mission, string input = "requests")
    {
        using var response = await fabric.Http.PostAsync($"/v1/missions/{mission}/inputs/{input}:close", null);
        await ReadAsync(response);
    }

    public static async Task<JsonElement> GetAsync(this RunningFabric fabric, string path)
    {
        using var response = await fabric.Http.GetAsync(path);
        return await ReadAsync(response);
    }

    /// <summary>The mission's view once it has ended.</summary>
    public static async Task<JsonElement> EndAsync(this RunningFabric fabric, MissionId mission, string phase, string status = "completed")
    {
        var view = await fabric.UntilAsync(
            phase,
            $"{mission} to have ended",
            () => fabric.GetAsync("/v1/missions/" + mission),
            static view => view.GetProperty("status").GetString() is "completed" or "failed" or "cancelled");
        Assert.True(view.GetProperty("status").GetString() == status, $"{phase}: expected {status}, but {view}");
        return view;
    }

    public static async Task<string> ResultAsync(this RunningFabric fabric, MissionId mission, string task)
    {
        using var response = await fabric.Http.GetAsync($"/v1/missions/{mission}/results/{task}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        using var json = JsonDocument.Parse(text);
        return json.RootElement.Clone();
    }
}
