using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Integration.Worker;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

// Goal: where the scripts can start no broker they say why, everything else comes up, and a mission with egress is told the same reason. Method: the
// scripts' own functions, run by a user without any right; then what a customer asks over HTTP.
public sealed class BrokerScriptTests
{
    private const string Reason = "scripts/up was not run as root";

    private const string Up = """
        make_state_dirs
        ensure_postgres
        set_up "$(choose_api_url)"
        start_fabric 1
        printf 'up with: %s\n' "$(process_names | tr '\n' ' ')"
        """;

    private const string Status = """
        for name in $(process_names); do is_ready "$name" && printf 'ready %s\n' "$name"; done
        printf 'broker: %s\n' "$(broker_why_none)"
        """;

    [OrdinaryUserFact]
    public async Task An_ordinary_user_has_a_fabric_without_a_broker_that_says_why()
    {
        var cluster = PrivateCluster.OfAnOrdinaryUser();
        try
        {
            await cluster.PrepareAsync();
            var up = await cluster.RunInLibraryAsync(Up);
            Assert.True(up.ExitCode == 0, up.Output);
            Assert.Contains($"no egress here: {Reason} (docs/egress.md; everything else works)", up.Output, StringComparison.Ordinal);
            Assert.Contains("up with: api sre worker-1 \n", up.Output, StringComparison.Ordinal);
            var status = await cluster.RunInLibraryAsync(Status);
            Assert.Equal(["ready api", "ready sre", "ready worker-1", $"broker: {Reason}"], status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.False(Directory.Exists(Path.Combine(cluster.State, "broker")));

            using var http = new HttpClient { BaseAddress = new Uri((await File.ReadAllTextAsync(Path.Combine(cluster.State, "run", "api.url"))).Trim()) };
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(Path.Combine(cluster.State, "api-key"))).Trim());
            var module = await RegisterAsync(http);
            var refused = await OpenAsync(http, Spec(module, "with-egress", Signed(cluster)));
            var view = await EndAsync(http, refused);
            Assert.Equal("refused", view.GetProperty("status").GetString());
            Assert.Contains(RequestCodes.Unavailable, view.GetRawText(), StringComparison.Ordinal);
            Assert.Contains(Reason, view.GetRawText(), StringComparison.Ordinal);

            // And one without egress runs to its end.
            var mission = await OpenAsync(http, Spec(module, "without", egress: null));
            using (var item = await http.SendAsync(Requests.Item(mission, "requests", "x", "GET https://one.test/ tag=a"u8.ToArray())))
            {
                Assert.True(item.IsSuccessStatusCode, await item.Content.ReadAsStringAsync());
            }

            using (var close = await http.PostAsync($"/v1/missions/{mission}/inputs/requests:close", null))
            {
                Assert.True(close.IsSuccessStatusCode, await close.Content.ReadAsStringAsync());
            }

            Assert.Equal("completed", (await EndAsync(http, mission)).GetProperty("status").GetString());
        }
        finally
        {
            var down = await cluster.RunInLibraryAsync("stop_fabric");
            await cluster.DisposeAsync();
            Assert.True(down.ExitCode == 0, down.Output);
        }
    }

    private static string Signed(PrivateCluster cluster)
    {
        var own = FabricState.Open(cluster.State).Signer(FabricKey.Operator);
        const string document = """{"egress":"v1","name":"claims","tenant":"demo","serial":1,"not_after":"2099-01-01T00:00:00Z","grants":[{"host":"one.test","ports":[443]}]}""";
        return Encoding.UTF8.GetString(EgressCredential.Sign(Encoding.UTF8.GetBytes(document), own).ToJson());
    }

    private static string Spec(string module, string name, string? egress) => $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {}}, "profiles": {"default": {{{(egress is null ? "{}" : $"{{\"egress\": {egress}}}")}}}},
         "tables": [{"name": "fetched", "scope": "cell", "key": ["n"], "columns": [
           {"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"}, {"name": "left", "type": "int64"}, {"name": "url", "type": "text"}, {"name": "line", "type": "text"}]}],
         "tasks": [{"id": "fetch", "map": "requests", "module": "{{{module}}}"}]}
        """;

    private static async Task<string> RegisterAsync(HttpClient http)
    {
        var view = await Eventually.NotNullAsync("a registered module", async () =>
        {
            using var response = await http.SendAsync(Requests.Post("/v1/modules?name=fetch", BuiltFiles.Guest("fetch"), "application/wasm"));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text.Contains("\"registered\"", StringComparison.Ordinal) ? text : null;
        });
        using var json = JsonDocument.Parse(view);
        return json.RootElement.GetProperty("module_digest").GetString()!;
    }

    private static async Task<MissionId> OpenAsync(HttpClient http, string spec)
    {
        using var response = await http.SendAsync(Requests.Mission(spec, Guid.NewGuid().ToString("N"), wait: 0));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        using var json = JsonDocument.Parse(text);
        Assert.True(MissionId.TryParse(json.RootElement.GetProperty("mission_id").GetString(), out var mission));
        return mission;
    }

    private static async Task<JsonElement> EndAsync(HttpClient http, MissionId mission)
    {
        var view = await Eventually.NotNullAsync($"{mission} to have ended", async () =>
        {
            var text = await http.GetStringAsync($"/v1/missions/{mission}");
            using var json = JsonDocument.Parse(text);
            return json.RootElement.GetProperty("status").GetString() is "completed" or "failed" or "refused" ? text : null;
        });
        using var json = JsonDocument.Parse(view);
        return json.RootElement.Clone();
    }
}
