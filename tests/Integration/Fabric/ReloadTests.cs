using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: a running mission is put on another version of its module, back, and keeps the old one when the new one cannot begin. Method: real processes, the log and the rows people read.</summary>
public sealed class ReloadTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Followers = 6;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Waiting_cells_go_on_in_the_new_version_stay_when_it_cannot_begin_and_go_back_on_request()
    {
        await _fabric.StartWorkerAsync();
        var (first, second, stuck) = await RegisterAsync();
        var mission = await OpenAsync(first, "reloaded");

        Assert.Equal(("reloaded", (string?)null), await ReloadAsync("follow", mission, second));
        Assert.Equal((second, first), await RunsAsync(mission));
        Assert.Equal(("restored", "nonzero_return"), await ReloadAsync("follow", mission, stuck));
        Assert.Equal((second, first), await RunsAsync(mission));
        Assert.Equal(("reloaded", (string?)null), await ReloadAsync("follow", mission, null));
        Assert.Equal((first, second), await RunsAsync(mission));

        await EndAsync(mission);
        Assert.Equal(
            [
                "module.reload_began", "module.reloaded", "module.reload_began", "module.reload_failed", "module.restored", "module.reload_began", "module.reloaded",
            ],
            await _fabric.RowsAsync($"select kind from journal.entry where stream_id = '{mission.Value}' and kind like 'module.re%' and kind not like '%requested' order by seq"));
        // Nobody lost an attempt, and each waiting cell was swapped twice.
        Assert.Equal(["1"], await _fabric.RowsAsync($"select distinct attempt from control.task where mission_id = '{mission.Value}'"));
        Assert.Equal(2 * Followers, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted' and body::json ->> 'reason' = 'reload'"));
        Assert.Equal(1, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.boot_failed' and (body::json ->> 'reload')::boolean"));
        Assert.Equal([first], await _fabric.RowsAsync($"select distinct module_digest from control.task where mission_id = '{mission.Value}'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task All_missions_of_a_tenant_that_run_a_module_are_reloaded_and_a_worker_that_dies_later_leaves_them_on_the_new_version()
    {
        var worker = await _fabric.StartWorkerAsync();
        var (first, second, _) = await RegisterAsync();
        var missions = new[] { await OpenAsync(first, "one"), await OpenAsync(first, "two") };
        using (var response = await _fabric.Http.PostAsJsonAsync("/v1/modules/follow:reload", new { to = second }))
        {
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
            Assert.All(answer.GetProperty("missions").EnumerateArray(), static one => Assert.Equal("reloaded", one.GetProperty("status").GetString()));
            var asked = answer.GetProperty("missions").EnumerateArray().Select(static one => one.GetProperty("mission_id").GetString()!).ToHashSet();
            Assert.All(missions, mission => Assert.Contains(mission.ToString(), asked));
        }

        await worker.KillAsync();
        await _fabric.StartWorkerAsync();
        foreach (var mission in missions)
        {
            Assert.Equal((second, first), await RunsAsync(mission));
            await EndAsync(mission);
            Assert.Equal((second, first), await RunsAsync(mission, "ended"));
            Assert.Equal([second], await _fabric.RowsAsync($"""
                select distinct b.body::json ->> 'module' from journal.entry b
                 where b.stream_id = '{mission.Value}' and b.kind = 'cell.booted' and b.seq > (select max(seq) from journal.entry where stream_id = b.stream_id and kind = 'module.reloaded')
                """));
            await _fabric.AssertReplaysAsync(mission);
        }
    }

    [Fact]
    public async Task A_reload_that_makes_no_sense_is_refused_by_name_and_changes_nothing()
    {
        await _fabric.StartWorkerAsync();
        var (first, second, _) = await RegisterAsync();
        var mission = await OpenAsync(first, "untouched");
        await ExpectAsync("follow:reload", new { to = new string('0', 64) }, 422, "unknown_module");
        await ExpectAsync("nobody:reload", new { to = second }, 404, "module_not_running");
        Assert.Equal(("refused", "module_unchanged"), await ReloadAsync("follow", mission, first));
        Assert.Equal(("refused", "handler_missing"), await ReloadAsync("follow", mission, await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"))));
        await ExpectAsync("follow:reload", new { to = second, missions = new[] { new MissionId(Guid.NewGuid()).ToString() } }, 404, "module_not_running");
        await ExpectAsync("follow:reload", new { to = "latest" }, 400, "to");
        await ExpectAsync("follow:reload", new { missions = new[] { mission.ToString() } }, 400, "to");
        await ExpectAsync("follow:reload", new { to = second, missions = Array.Empty<string>() }, 400, "missions");
        await ExpectAsync("follow:reload", new { to = second, force = true }, 400, "force");
        await ExpectAsync("follow:rollback", new { to = second }, 400, "to");
        Assert.Equal(("refused", "nothing_to_roll_back"), await ReloadAsync("follow", mission, null));
        Assert.Equal((first, null), await RunsAsync(mission));

        await EndAsync(mission);
        await ExpectAsync("follow:reload", new { to = second, missions = new[] { mission.ToString() } }, 404, "module_not_running");
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_the_same_request_though_other_versions_run_by_then()
    {
        await _fabric.StartWorkerAsync();
        var (first, second, _) = await RegisterAsync();
        var mission = await OpenAsync(first, "repeated");
        Assert.Equal(("reloaded", (string?)null), await ReloadAsync("follow", mission, second));
        for (var i = 0; i < 3; i++)
        {
            using var response = await BackAsync(mission, "back-1", new { missions = new[] { mission.ToString() } });
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal((HttpStatusCode.OK, "reloaded"), (response.StatusCode, answer.GetProperty("missions")[0].GetProperty("status").GetString()));
        }

        Assert.Equal((first, second), await RunsAsync(mission));
        using (var other = await BackAsync(mission, "back-1", new { missions = new[] { mission.ToString(), new MissionId(Guid.NewGuid()).ToString() } }))
        {
            await Problem.ExpectAsync(other, 409, "idempotency_conflict");
        }

        // Asked for while another goes on, or after: the owner takes them in turn.
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => ReloadAsync("follow", mission, i % 2 == 0 ? second : null)));
        Assert.All(results, static result => Assert.True(result is ("reloaded", null) or ("refused", "module_unchanged"), result.ToString()));
        await EndAsync(mission);
        Assert.Equal(1, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'module.rollback_requested' and seq < (select seq from journal.entry where stream_id = '{mission.Value}' and kind = 'module.reloaded' order by seq offset 1 limit 1)"));
        await _fabric.AssertReplaysAsync(mission);
    }

    private Task<HttpResponseMessage> BackAsync(MissionId mission, string key, object body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/modules/follow:rollback") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return _fabric.Http.SendAsync(request);
    }

    private async Task<(string First, string Second, string Stuck)> RegisterAsync() => (
        await _fabric.RegisterAsync("follow", BuiltFiles.Guest("follow")),
        await _fabric.RegisterAsync("follow", [.. BuiltFiles.Guest("follow"), 0, 3, 2, (byte)'v', (byte)'2']),
        await _fabric.RegisterAsync("follow", BuiltFiles.Guest("stuck")));

    /// <summary>A mission whose followers all wait.</summary>
    private async Task<MissionId> OpenAsync(string module, string name)
    {
        var mission = await _fabric.OpenAsync(FollowedMission.Spec(module, name), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Followers).Select(static i => ($"f-{i}", $"follow g{i % 4} plain 777"))]);
        await _fabric.UntilAsync("Followers", "all to wait", () => _fabric.CountAsync(
            $"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action'"), static waiting => waiting == Followers);
        return mission;
    }

    private async Task EndAsync(MissionId mission)
    {
        await _fabric.SubmitAsync(mission, "all", Encoding.ASCII.GetBytes("write 1000 g0 777 1001 g1 777 1002 g2 777 1003 g3 777"), "closing");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission that was reloaded");
    }

    private async Task<(string? Status, string? Code)> ReloadAsync(string name, MissionId mission, string? to)
    {
        using var response = to is null
            ? await _fabric.Http.PostAsJsonAsync($"/v1/modules/{name}:rollback", new { missions = new[] { mission.ToString() } })
            : await _fabric.Http.PostAsJsonAsync($"/v1/modules/{name}:reload", new { to, missions = new[] { mission.ToString() } });
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        var one = answer.GetProperty("missions").EnumerateArray().Single();
        return (one.GetProperty("status").GetString(), one.GetProperty("code").GetString());
    }

    private async Task<(string? Current, string? Previous)> RunsAsync(MissionId mission, string status = "running")
    {
        var module = (await _fabric.GetAsync($"/v1/missions/{mission}/modules")).GetProperty("modules").EnumerateArray().Single();
        Assert.Equal(status, module.GetProperty("status").GetString());
        return (module.GetProperty("current_digest").GetString(), module.GetProperty("previous_digest").GetString());
    }

    private async Task ExpectAsync(string path, object body, int status, string what)
    {
        using var response = await _fabric.Http.PostAsJsonAsync("/v1/modules/" + path, body);
        await Problem.ExpectAnyAsync(response, status, status, what);
    }
}
