using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Integration.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: every fault an operator asks for really happens, is told before it does, and heals; nobody else can ask, nor for a cell whose
/// profile does not allow it. Method: real processes, cells that wait for news; what they were told in spite of the faults, verify and replay.
/// </summary>
public sealed class InjectionTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private static readonly Dictionary<string, string> s_mayBeKilled = new() { ["VOXELTRON_WORKER__ALLOW_KILL"] = "true" };

    private readonly RunningFabric _fabric = fixture.Fabric;
    private int _news;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Faults_of_a_cells_next_event_abort_it_and_another_cell_is_told_the_same()
    {
        await _fabric.StartWorkerAsync();
        (string Fault, string Code, string Class)[] faults =
        [
            ("trap", "trap_unreachable", "transient_crash"), ("endless_loop", "out_of_fuel", "resource_exhaustion"),
            ("memory", "alloc_failed", "resource_exhaustion"), ("policy_breach", "policy_breach", "policy_violation"),
        ];
        var mission = await OpenAsync("aborted", faults.Length);
        for (var i = 0; i < faults.Length; i++)
        {
            Assert.Equal("injected", (await InjectAsync(mission, new { fault = faults[i].Fault, task = $"idle/c-{i}" })).GetProperty("status").GetString());
        }

        Assert.Equal(0, await CountAsync(mission, "action.aborted"));
        for (var i = 0; i < faults.Length; i++)
        {
            await TellAsync(mission, i, 10 + i);
        }

        await _fabric.UntilAsync("Faults", "to have aborted their cells", () => CountAsync(mission, "action.aborted"), aborted => aborted == faults.Length);
        Assert.Equal(
            faults.Select(static (fault, i) => $"{fault.Fault}|idle/c-{i}|{fault.Code}|{fault.Class}|True"),
            await FollowedAsync(mission));
        for (var i = 0; i < faults.Length; i++)
        {
            await ToldAsync(mission, i, 10 + i);
        }

        await EndAsync(mission, faults.Length);
        // One each: the events before and after were themselves.
        Assert.Equal(faults.Length, await CountAsync(mission, "action.aborted"));
        await _fabric.AssertCleanAsync();
        var report = await _fabric.AssertReplaysAsync(mission);
        Assert.Equal(faults.Length, report.Aborts);
    }

    [Fact]
    public async Task A_slow_host_call_is_cut_by_the_watchdog_and_holds_up_nobody_elses_mission()
    {
        await _fabric.StartWorkerAsync();
        var (mission, other) = (await OpenAsync("slow", 1), await OpenAsync("beside", 1));
        await InjectAsync(mission, new { fault = "slow_host_call", task = "idle/c-0" });
        await TellAsync(mission, 0, 5);
        await EndAsync(other, 1);
        await _fabric.UntilAsync("The watchdog", "to have cut it", () => CountAsync(mission, "action.aborted"), static aborted => aborted == 1);
        Assert.Equal(["slow_host_call|idle/c-0|watchdog|resource_exhaustion|True"], await FollowedAsync(mission));
        await ToldAsync(mission, 0, 5);
        await EndAsync(mission, 1);
        // The mission's owner kept it all the while.
        Assert.Equal(1, await CountAsync(mission, "epoch.began"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission, notRepeatable: 1);
    }

    [Fact]
    public async Task A_corrupted_row_is_found_before_anybody_reads_it_and_the_mission_is_folded_again()
    {
        var worker = await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("corrupted", 2);
        await InjectAsync(mission, new { fault = "corrupted_row", task = "idle/c-0" });
        await _fabric.UntilAsync("The mission", "a second epoch", () => CountAsync(mission, "epoch.began"), static epochs => epochs == 2);
        Assert.True(worker.Said("changed in memory without a write") > 0, worker.Tail());
        await EndAsync(mission, 2);
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_killed_worker_is_gone_and_the_next_takes_over_by_a_log_that_says_why()
    {
        var victim = await _fabric.StartWorkerAsync(s_mayBeKilled);
        var mission = await OpenAsync("killed", 2);
        using (var response = await PostAsync(mission, new { fault = "killed_worker", task = "idle/c-1" }, wait: 0))
        {
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        }

        await _fabric.UntilAsync("The worker", "to be dead", () => Task.FromResult(victim.HasExited), static dead => dead);
        Assert.Equal(128 + 9, victim.ExitCode);
        // The word before the deed.
        Assert.Equal(["killed_worker|kills_host"], await _fabric.RowsAsync($"select body::json ->> 'fault', body::json ->> 'does' from journal.entry where stream_id = '{mission.Value}' and seq = (select max(seq) from journal.entry where stream_id = '{mission.Value}')"));
        // The next reads it and lives, though it too may be killed.
        var next = await _fabric.StartWorkerAsync(s_mayBeKilled);
        await EndAsync(mission, 2);
        Assert.False(next.HasExited);
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task What_may_not_be_done_is_refused_by_name_and_does_nothing()
    {
        await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("refusals", 2);
        var safe = await OpenAsync("safe", 1, faults: false);
        await ExpectAsync(safe, new { fault = "trap", task = "idle/c-0" }, 422, "faults_not_allowed");
        await ExpectAsync(mission, new { fault = "killed_worker", task = "idle/c-0" }, 422, "kill_not_allowed");
        await ExpectAsync(mission, new { fault = "trap", cell = new CellId(Guid.NewGuid()).ToString() }, 422, "cell_not_live");
        await ExpectAsync(mission, new { fault = "trap", task = "idle/nobody" }, 422, "cell_not_live");
        await ExpectAsync(mission, new { fault = "flood", task = "idle/c-0" }, 400, "parameter_invalid");
        await ExpectAsync(mission, new { fault = "trap" }, 400, "parameter_invalid");
        var cell = await CellAsync(mission, "idle/c-0");
        await ExpectAsync(mission, new { fault = "trap", task = "idle/c-0", cell }, 400, "parameter_invalid");

        var key = Guid.NewGuid().ToString("N");
        var first = await InjectAsync(mission, new { fault = "trap", cell }, key);
        var again = await InjectAsync(mission, new { fault = "trap", cell }, key);
        Assert.Equal((first.GetProperty("seq").GetInt64(), "injected"), (again.GetProperty("seq").GetInt64(), again.GetProperty("status").GetString()));
        Assert.Equal(1, await CountAsync(mission, "fault.injected"));
        await ExpectAsync(mission, new { fault = "memory", cell }, 422, "fault_pending");
        using (var conflict = await PostAsync(mission, new { fault = "memory", cell }, key))
        {
            await Problem.ExpectAsync(conflict, 409, "idempotency_conflict");
        }

        await TellAsync(mission, 0, 7);
        await _fabric.UntilAsync("The fault", "to have happened", () => CountAsync(mission, "action.aborted"), static aborted => aborted == 1);
        await ExpectAsync(mission, new { fault = "trap", cell }, 422, "cell_not_live");
        await EndAsync(mission, 2);
        await EndAsync(safe, 1);
        await ExpectAsync(mission, new { fault = "trap", task = "idle/c-0" }, 409, "mission_finished");
        Assert.Equal(0, await CountAsync(safe, "fault.injected"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
        await _fabric.AssertReplaysAsync(safe);
    }

    [Fact]
    public async Task The_command_injects_and_tells_what_healed_it()
    {
        await _fabric.StartWorkerAsync();
        var mission = await OpenAsync("by-command", 1);
        using var client = new FabricClient(new FabricAddress(_fabric.Http.BaseAddress!, _fabric.State.ApiKey(), null, null));
        await using var output = new StringWriter();
        string[] words = ["trap", "--mission", mission.ToString(), "--task", "idle/c-0", "--wait"];
        var injecting = InjectCommand.RunAsync(client, Arguments.Parse(words, "--mission", "--cell", "--task", "--seconds"), output, CancellationToken.None);
        await _fabric.UntilAsync("The command", "to have injected", () => CountAsync(mission, "fault.injected"), static injected => injected == 1);
        await TellAsync(mission, 0, 3);
        Assert.Equal(0, await injecting);
        var said = output.ToString();
        Assert.Contains("aborted: trap_unreachable (transient_crash)", said, StringComparison.Ordinal);
        Assert.Contains("task idle/c-0 goes on in cell_", said, StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<ApiException>(() => InjectCommand.RunAsync(
            client, Arguments.Parse(["killed_worker", "--mission", mission.ToString(), "--task", "idle/c-0"], "--mission", "--task"), output, CancellationToken.None));
        Assert.Contains("kill_not_allowed", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CliException>(() => InjectCommand.RunAsync(client, Arguments.Parse(["flood", "--mission", "m", "--task", "t"], "--mission", "--task"), output, CancellationToken.None));
        await Assert.ThrowsAsync<CliException>(() => InjectCommand.RunAsync(client, Arguments.Parse(["trap", "--mission", "m"], "--mission", "--task"), output, CancellationToken.None));
        await EndAsync(mission, 1);
    }

    /// <summary>A mission whose cells all wait, each for news of its own group.</summary>
    private async Task<MissionId> OpenAsync(string name, int cells, bool faults = true)
    {
        var module = await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle"));
        var spec = IdleMission.Spec(module, name, faults ? """{"default": {"faults": true}}""" : "{}")
            .Replace("\"map\": \"requests\"", "\"map\": \"requests\", \"retry\": {\"max_attempts\": 5, \"backoff_ms\": 10}", StringComparison.Ordinal);
        var mission = await _fabric.OpenAsync(spec, wait: 20);
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, cells).Select(static i => ($"c-{i}", $"{i}")));
        await _fabric.UntilAsync("Cells", "all to wait", () => CountAsync(mission, "action"), waiting => waiting == cells);
        return mission;
    }

    private async Task TellAsync(MissionId mission, int group, int value)
    {
        var id = ++_news;
        await _fabric.SubmitAsync(mission, [($"n-{id}", $"tell {id} {group} {value}")]);
    }

    /// <summary>The task's cell was told of this value once, and wrote what it made of it.</summary>
    private Task<long> ToldAsync(MissionId mission, int cell, int value) => _fabric.UntilAsync(
        $"Cell {cell}", $"to have been told of {value}",
        () => _fabric.CountAsync($$"""
            select count(*) from journal.entry where stream_id = '{{mission.Value}}' and kind = 'action' and body::json ->> 'task' = 'idle/c-{{cell}}'
               and body::json ->> 'event' = 'delta' and convert_from(payload, 'UTF8') like '%"n":{{value}}}%'
            """),
        static told => told == 1);

    /// <summary>Ends each cell by a negative value.</summary>
    private async Task EndAsync(MissionId mission, int cells)
    {
        for (var i = 0; i < cells; i++)
        {
            await TellAsync(mission, i, -1);
        }

        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission with faults");
        Assert.Equal(cells, await _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_key like 'idle/c-%' and status = 'completed'"));
    }

    /// <summary>The documented question, of this mission.</summary>
    private async Task<IReadOnlyList<string>> FollowedAsync(MissionId mission)
    {
        var question = AuditQuestions.Read().Single(static question => question.Title.Contains("injected", StringComparison.Ordinal));
        var sql = question.Sql.Trim().TrimEnd(';').Replace("'clinic'", $"'{RunningFabric.TenantName}'", StringComparison.Ordinal);
        // The next cell is booted a moment after the abort.
        return await _fabric.UntilAsync(
            "The audit", "each fault to have healed",
            () => _fabric.AuditRowsAsync($"select fault, task, code, fault_class, healed_seq is not null from ({sql}) q where mission_id = '{mission.Value}'"),
            static rows => rows.All(static row => row.EndsWith("True", StringComparison.Ordinal)));
    }

    private async Task<string> CellAsync(MissionId mission, string task) =>
        (await _fabric.RowsAsync($"select body::json ->> 'cell' from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted' and body::json ->> 'task' = '{task}' order by seq desc limit 1")).Single();

    private Task<long> CountAsync(MissionId mission, string kind) => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = '{kind}'");

    private async Task<JsonElement> InjectAsync(MissionId mission, object body, string? key = null)
    {
        using var response = await PostAsync(mission, body, key);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == HttpStatusCode.OK, answer.ToString());
        return answer;
    }

    private async Task ExpectAsync(MissionId mission, object body, int status, string code)
    {
        using var response = await PostAsync(mission, body);
        await Problem.ExpectAsync(response, status, code);
    }

    private Task<HttpResponseMessage> PostAsync(MissionId mission, object body, string? key = null, int wait = 20)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/missions/{mission}/faults") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString("N"));
        request.Headers.Add("Prefer", $"wait={wait}");
        return _fabric.Http.SendAsync(request);
    }
}
