using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a mission never spends beyond its budget, says so, stops as its spec asks, and goes on after a top-up; whatever its cells do and
/// whoever dies. Method: real processes; afterwards the account is added up again from the entries by SQL, and the mission replayed.
/// </summary>
public sealed class BudgetTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    /// <summary>An epoch of the engine, and what a busy machine may add before its thread runs.</summary>
    private const long MostOverMs = 500;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_mission_stops_at_its_limit_says_why_and_goes_on_after_a_top_up()
    {
        var worker = await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("busy", "\"budget\":{\"limits\":{\"tasks\":4},\"soft_percent\":50},");
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, 10).Select(static i => ($"r-{i}", "1000")));
        var stopped = await StatusAsync(mission, "budget_exhausted");
        Assert.Equal("budget tasks", stopped.GetProperty("reason").GetString());
        Assert.Equal((4, 6), (Tasks(stopped, "completed"), Tasks(stopped, "waiting")));
        var waiting = (await _fabric.GetAsync($"/v1/missions/{mission}/tasks?status=ready")).GetProperty("tasks");
        Assert.All(waiting.EnumerateArray(), static task => Assert.Equal("budget tasks", task.GetProperty("waiting_for").GetString()));
        Assert.Equal(1, worker.Said("has used up its tasks"));

        // The money is nobody's but an operator's to give, and what is no budget is refused by name.
        await RefusedAsync(mission, "{\"more\":{\"fuel\":5}}", "bad_topup");
        await RefusedAsync(mission, "{\"more\":{\"hours\":5}}", "bad_topup");
        await ActAsync(mission, "topup", "{\"more\":{\"tasks\":6}}");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission after its top-up");
        Assert.Equal(["tasks|10|10|0|0|6|True"], await _fabric.AuditRowsAsync($"""
            select dimension, limit_amount, spent, held, over, topped_up, projection_agrees from audit.budget
             where mission_id = '{mission.Value}' and limit_amount is not null
            """));
        Assert.Equal(
            ["warned|tasks|", "exhausted|tasks|", "topped up||bad_topup", "topped up||bad_topup", "topped up||", "warned|tasks|"],
            await _fabric.AuditRowsAsync($"select what, dimension, refused from audit.budget_event where mission_id = '{mission.Value}' order by seq"));
        await AssertAccountAsync(mission);
    }

    [Fact]
    public async Task A_budget_that_kills_ends_its_mission_as_failed()
    {
        await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("busy", "\"budget\":{\"limits\":{\"boots\":3},\"escrow_percent\":0},\"onBudget\":\"kill\",");
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, 8).Select(static i => ($"r-{i}", "1000")));
        var ended = await _fabric.EndAsync(mission, "A mission killed by its budget", "failed");
        Assert.Equal((3, 5, "budget exhausted"), (Tasks(ended, "completed"), await CancelledAsync(mission), ended.GetProperty("reason").GetString()));
        await AssertAccountAsync(mission);
    }

    /// <summary>Ten agents that wait for their timers, in a mission whose fuel ends in the midst of them.</summary>
    [Theory]
    [InlineData("pause")]
    [InlineData("drain")]
    public async Task Agents_stand_still_in_the_midst_of_their_work_and_go_on_from_there(string onBudget)
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        const int Agents = 10;
        const int Timers = 20;
        var spec = AgentTests.Spec(module, "agents-" + onBudget, attempts: 3, deadlineMs: null, slice: 1_000_000)
            .Replace("\"inputs\":", $"\"budget\":{{\"limits\":{{\"fuel\":5000000}}}},\"onBudget\":\"{onBudget}\",\"inputs\":", StringComparison.Ordinal);
        var mission = await _fabric.OpenAsync(spec, wait: 20);
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, Agents).Select(static i => ($"agent-{i:D2}", $"{i} {Agents} 1000 {Timers} 3")));
        await _fabric.CloseAsync(mission);
        for (var topUps = 0; (await StatusAsync(mission, "budget_exhausted", "completed")).GetProperty("status").GetString() != "completed"; topUps++)
        {
            Assert.InRange(topUps, 0, 100);
            await ActAsync(mission, "topup", "{\"more\":{\"fuel\":4000000}}");
        }

        for (var i = 0; i < Agents; i++)
        {
            Assert.Equal(Timers.ToString(CultureInfo.InvariantCulture), await _fabric.ResultAsync(mission, $"agent/agent-{i:D2}"));
        }

        Assert.NotEqual(0, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'budget.exhausted'"));
        await AssertAccountAsync(mission);
    }

    /// <summary>Cells that trap, loop until their fuel is burnt, loop until their time is, under a worker that is killed: what the log says was spent is what the account says.</summary>
    [Fact]
    public async Task Traps_loops_and_a_killed_worker_leave_an_account_that_adds_up_within_its_limits()
    {
        var worker = await _fabric.StartWorkerAsync();
        var mission = await OpenAsync(
            "misbehave", "\"budget\":{\"limits\":{\"fuel\":6000000000,\"cell_ms\":1500,\"boots\":60,\"tasks\":40},\"escrow_percent\":0},", fuel: 400_000_000, attempts: 2);
        string[] deeds = ["count", "unreachable", "loop", "div0", "nothing", "fail"];
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, 40).Select(i => ($"r-{i:D2}", deeds[i % deeds.Length])));
        await _fabric.UntilAsync("The mission at work", "some attempts", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.stopped'"), static cells => cells > 3);
        await worker.KillAsync();
        await _fabric.StartWorkerAsync();
        await _fabric.CloseAsync(mission);
        for (var topUps = 0; (await StatusAsync(mission, "budget_exhausted", "failed")).GetProperty("status").GetString() != "failed"; topUps++)
        {
            Assert.InRange(topUps, 0, 100);
            await ActAsync(mission, "topup", "{\"more\":{\"fuel\":2000000000,\"cell_ms\":1000,\"boots\":20}}");
        }

        await AssertAccountAsync(mission, mayBeCut: true);
    }

    [Fact]
    public async Task A_paused_mission_dispatches_nothing_until_it_is_resumed()
    {
        await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("busy", "");
        var paused = await ActAsync(mission, "pause");
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, 3).Select(static i => ($"r-{i}", "10")));
        await _fabric.UntilAsync("The items of a paused mission", "3 tasks", () => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}'"), static tasks => tasks == 3);
        var tasks = (await _fabric.GetAsync($"/v1/missions/{mission}/tasks")).GetProperty("tasks");
        Assert.All(tasks.EnumerateArray(), static task => Assert.Equal(("ready", "paused"), (task.GetProperty("status").GetString(), task.GetProperty("waiting_for").GetString())));
        var resumed = await ActAsync(mission, "resume");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission that was paused");
        Assert.Equal(0, await _fabric.CountAsync($"""
            select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'task.dispatched' and seq between {paused} and {resumed}
            """));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_failed_task_is_tried_again_with_what_was_skipped_for_it()
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"));
        var mission = await _fabric.OpenAsync($$$"""
            {"spec": "v1", "name": "again", "onFailure": "hold", "inputs": {"requests": {"max_items": 10}},
             "tables": [{"name": "item", "key": ["id"], "columns": [{"name": "id", "type": "text"}, {"name": "amount", "type": "int64"}, {"name": "ratio", "type": "float64"}]}],
             "tasks": [{"id": "work", "module": "{{{module}}}", "map": "requests", "retry": {"max_attempts": 3, "backoff_ms": 10, "not_retryable": ["trap_unreachable"]}},
                       {"id": "after", "module": "{{{module}}}", "map": "requests", "dependsOn": ["work"], "priority": 1},
                       {"id": "if_failed", "module": "{{{module}}}", "map": "requests", "dependsOn": [{"task": "work", "when": "failed"}]}]}
            """, wait: 20);
        await _fabric.SubmitAsync(mission, [("bad", "unreachable"), ("good", "count")]);
        await _fabric.CloseAsync(mission);
        await TaskAsync(mission, "work/bad", "failed");
        await TaskAsync(mission, "after/bad", "skipped");
        await TaskAsync(mission, "if_failed/good", "skipped");
        await TaskAsync(mission, "if_failed/bad", "completed", "refused", "failed");
        Assert.Equal("running", (await _fabric.GetAsync($"/v1/missions/{mission}")).GetProperty("status").GetString());
        Assert.Equal(1, await _fabric.CountAsync($"select attempt from control.task where mission_id = '{mission.Value}' and task_key = 'work/bad'"));

        await RefusedAsync(mission, "{\"task\":\"work/good\"}", "task_not_failed", "retry");
        await ActAsync(mission, "retry", "{\"task\":\"work/bad\"}");
        await _fabric.UntilAsync("The second try", "attempt 2", () => _fabric.CountAsync($"select attempt from control.task where mission_id = '{mission.Value}' and task_key = 'work/bad' and status = 'failed'"), static attempt => attempt == 2);
        await TaskAsync(mission, "after/bad", "skipped");

        using var cancel = await _fabric.Http.PostAsync($"/v1/missions/{mission}:cancel", null);
        Assert.True(cancel.IsSuccessStatusCode);
        await _fabric.EndAsync(mission, "The mission that held on", "cancelled");
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_mission_ends_at_its_deadline_and_one_that_fails_fast_at_its_first_failure()
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        var late = await _fabric.OpenAsync(
            AgentTests.Spec(module, "late", 3, null).Replace("\"inputs\":", "\"deadline_ms\":3000,\"inputs\":", StringComparison.Ordinal), wait: 20);
        await _fabric.SubmitAsync(late, Enumerable.Range(0, 3).Select(static i => ($"agent-{i}", $"{i} 3 3600000000 5 0")));
        var ended = await _fabric.EndAsync(late, "A mission beyond its deadline", "failed");
        // On a machine that is slow enough some items come after the end, and are refused.
        Assert.Equal((Tasks(ended, "total"), "deadline exceeded"), (await CancelledAsync(late), ended.GetProperty("reason").GetString()));
        Assert.NotEqual(0, Tasks(ended, "total"));

        var fast = await OpenAsync("misbehave", "\"onFailure\":\"fail_fast\",\"rates\":{\"slow\":{\"tasks\":1,\"period_ms\":3600000}},", attempts: 1, task: ",\"rate\":\"slow\"");
        await _fabric.SubmitAsync(fast, [("bad", "unreachable"), ("one", "count"), ("two", "count")]);
        var failed = await _fabric.EndAsync(fast, "A mission that fails fast", "failed");
        Assert.Equal((1, 2), (Tasks(failed, "failed"), await CancelledAsync(fast)));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(late);
        await _fabric.AssertReplaysAsync(fast);
    }

    private async Task<MissionId> OpenAsync(string guest, string options, long fuel = 10_000_000_000, int attempts = 3, string task = "") => await _fabric.OpenAsync(
        Specs.Mapped(await _fabric.RegisterAsync(guest, BuiltFiles.Guest(guest)), guest, attempts, fuel, slice: fuel)
            .Replace("\"inputs\":", options + "\"inputs\":", StringComparison.Ordinal)
            .Replace("\"map\": \"requests\"", "\"map\": \"requests\"" + task, StringComparison.Ordinal),
        wait: 20);

    private Task<JsonElement> StatusAsync(MissionId mission, params string[] statuses) => _fabric.UntilAsync(
        "The mission", string.Join(" or ", statuses), () => _fabric.GetAsync($"/v1/missions/{mission}"), view => statuses.Contains(view.GetProperty("status").GetString()));

    private Task<JsonElement> TaskAsync(MissionId mission, string key, params string[] statuses) => _fabric.UntilAsync(
        "Task " + key, string.Join(" or ", statuses),
        async () => (await _fabric.GetAsync($"/v1/missions/{mission}/tasks")).GetProperty("tasks").EnumerateArray().SingleOrDefault(task => task.GetProperty("task_key").GetString() == key),
        task => task.ValueKind == JsonValueKind.Object && statuses.Contains(task.GetProperty("status").GetString()));

    /// <returns>The entry it became.</returns>
    private async Task<long> ActAsync(MissionId mission, string act, string body = "")
    {
        using var response = await _fabric.Http.SendAsync(Act(mission, act, body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        using var view = JsonDocument.Parse(text);
        Assert.Equal("done", view.RootElement.GetProperty("status").GetString());
        return view.RootElement.GetProperty("seq").GetInt64();
    }

    private async Task RefusedAsync(MissionId mission, string body, string code, string act = "topup")
    {
        using var response = await _fabric.Http.SendAsync(Act(mission, act, body));
        await Problem.ExpectAsync(response, 422, code);
    }

    private static HttpRequestMessage Act(MissionId mission, string act, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/missions/{mission}:{act}");
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString("N"));
        if (body.Length > 0)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return request;
    }

    private Task<long> CancelledAsync(MissionId mission) => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'cancelled'");

    private static int Tasks(JsonElement mission, string status) => mission.GetProperty("tasks").GetProperty(status).GetInt32();

    /// <summary>Every dimension: within its limit, nothing held at the end, and what the entries add up to.</summary>
    private async Task AssertAccountAsync(MissionId mission, bool mayBeCut = false)
    {
        Assert.Empty(await _fabric.AuditRowsAsync($"""
            select dimension, limit_amount, spent, held, over, spent_by_log from audit.budget
             where mission_id = '{mission.Value}' and (not projection_agrees or held <> 0 or spent > coalesce(limit_amount, spent)
               or over > case dimension when 'cell_ms' then {MostOverMs} else 0 end)
            """));
        await _fabric.AssertCleanAsync();
        var cut = mayBeCut ? await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind in ('action.aborted', 'cell.boot_failed') and body::json ->> 'code' in ('budget_exhausted', 'watchdog')") : 0;
        await _fabric.AssertReplaysAsync(mission, (int)cut);
    }
}
