using System.Globalization;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a task that waits for timers keeps one cell, acts exactly once for each timer whatever dies, and replays.
/// Method: agents that count in a row what they did; a lost or repeated action changes the count they complete with.
/// </summary>
public sealed class AgentTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Agents = 12;
    private const int Timers = 30;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Agents_act_once_for_each_timer_in_one_cell_each()
    {
        await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents", periodUs: 1_000);
        await AssertCountedAsync(mission, actions: Agents * (Timers + 1));
        Assert.Equal(Agents, await CountAsync(mission, "cell.booted"));
        Assert.Equal(Agents, await CountAsync(mission, "cell.stopped"));
    }

    [Fact]
    public async Task Agents_whose_worker_was_killed_go_on_in_fresh_cells_where_the_log_ends()
    {
        var first = await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-killed", periodUs: 40_000);
        await _fabric.UntilAsync("Waiting for timers", "some actions", () => CountAsync(mission, "action"), static actions => actions > Agents * 3);
        await first.KillAsync();
        await _fabric.StartWorkerAsync();

        await AssertCountedAsync(mission, actions: Agents * (Timers + 1));
        // A second cell for each agent that was not done when the first one died.
        Assert.InRange(await CountAsync(mission, "cell.booted"), Agents + 1, 2 * Agents);
        // The task itself was not delivered again: what it had begun stands.
        Assert.Equal(Agents, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and body::json ->> 'event' = 'task'"));
    }

    /// <summary>
    /// Two owners at once: the first sleeps beyond its lease with cells that wait, the second goes on with the same agents. What the
    /// first does when it wakes is its self-fencing: due timers run in its memory, its next commit meets the head, and everything it
    /// holds of the mission is dropped. No entry, no row of a projection and no event is its own any more.
    /// </summary>
    [Fact]
    public async Task An_owner_that_slept_beyond_its_lease_fences_itself_and_its_agents_timers_change_nothing()
    {
        var first = await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-two-owners", periodUs: 40_000);
        await _fabric.UntilAsync("Waiting for timers", "some actions", () => CountAsync(mission, "action"), static actions => actions > Agents * 3);
        await first.SignalAsync("STOP");
        var written = await WrittenByAsync(first);
        var second = await _fabric.StartWorkerAsync();
        await _fabric.UntilAsync("Taking over from a sleeper", "the second epoch to act", () => ActionsOfEpochAsync(mission, 2), static actions => actions > Agents);
        Assert.False(first.HasExited);
        await first.SignalAsync("CONT");
        await _fabric.UntilAsync("Waking the sleeper", "it to let the mission go", () => Task.FromResult(first.Said($"{mission.Value:N} ended here: Lost")), static lines => lines == 1);

        await AssertCountedAsync(mission, actions: Agents * (Timers + 1));
        Assert.Equal(written, await WrittenByAsync(first));
        Assert.Equal(2, await _fabric.CountAsync($"select epoch from control.mission where mission_id = '{mission.Value}'"));
        Assert.Equal(
            Agents,
            await _fabric.CountAsync($"""
                select count(*) from control.task t where t.mission_id = '{mission.Value}' and t.status = 'completed' and t.last_seq =
                 (select max(e.seq) from journal.entry e where e.stream_id = t.mission_id and e.kind = 'action' and e.body::json ->> 'task' = t.task_key)
                """));
        // Declared dead by the one that took over, it is somebody else now, or about to be: the old name writes nothing.
        Assert.Equal(1, await _fabric.CountAsync($"select count(*) from control.host where process_id = {first.Id} and state = 'dead'"));
        await second.KillAsync();
    }

    [Fact]
    public async Task An_agent_that_traps_loses_its_cell_and_no_action()
    {
        await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-trap", periodUs: 1_000, mode: 1, attempts: 20);
        await AssertCountedAsync(mission, actions: Agents * (Timers + 1));
        var traps = await CountAsync(mission, "action.aborted");
        Assert.True(traps >= Agents, $"{traps} traps");
        Assert.Equal(Agents + traps, await CountAsync(mission, "cell.booted"));
    }

    [Fact]
    public async Task A_timer_that_burns_its_slice_comes_again_as_long_and_no_action_is_lost()
    {
        await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-long", periodUs: 1_000, mode: 3, attempts: 1, slice: 50_000);
        await AssertCountedAsync(mission, actions: Agents * (Timers + 1));
        Assert.Equal(Agents, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted' and body::json ->> 'code' = 'fuel_slice' and body::json ->> 'event' = 'timer'"));
        Assert.Equal(Agents, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'task.dispatched' and (body::json ->> 'long')::bool"));
        Assert.Equal(2 * Agents, await CountAsync(mission, "cell.booted"));
    }

    [Fact]
    public async Task A_cancelled_mission_stops_the_cells_that_wait()
    {
        await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-cancelled", periodUs: 3_600_000_000);
        await _fabric.UntilAsync("Waiting for the agents", "all to wait", () => CountAsync(mission, "action"), static actions => actions == Agents);
        using var answer = await _fabric.Http.PostAsync(new Uri($"/v1/missions/{mission}:cancel", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await _fabric.EndAsync(mission, "A cancelled mission", "cancelled");

        Assert.Equal(Agents, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.stopped' and body::json ->> 'reason' = 'cancelled'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_task_that_waits_beyond_its_deadline_fails_and_its_cell_stops()
    {
        await _fabric.StartWorkerAsync();
        var mission = await BeginAsync("agents-late", periodUs: 3_600_000_000, deadlineMs: 2_000);
        var view = await _fabric.EndAsync(mission, "A mission beyond its deadline", "failed");

        Assert.Equal(Agents, view.GetProperty("tasks").GetProperty("failed").GetInt32());
        // A slow machine may not come to dispatch them all before they are due: each that had a cell lost it.
        var cells = await CountAsync(mission, "cell.booted");
        Assert.InRange(cells, 1, Agents);
        Assert.Equal(cells, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.stopped' and body::json ->> 'reason' = 'deadline_exceeded'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    private async Task<MissionId> BeginAsync(string name, long periodUs, int mode = 0, int attempts = 3, int? deadlineMs = null, long slice = 20_000_000)
    {
        var module = await _fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        var mission = await _fabric.OpenAsync(Spec(module, name, attempts, deadlineMs, slice), wait: 20);
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, Agents).Select(i => ($"agent-{i:D2}", $"{i} {Agents} {periodUs} {Timers} {mode}")));
        await _fabric.CloseAsync(mission);
        return mission;
    }

    internal static string Spec(string module, string name, int attempts, int? deadlineMs, long slice = 20_000_000) =>
        $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {"max_items": 1000}},
         "profiles": {"default": {"fuel_slice": {{{slice}}}}},
         "tables": [{"name": "slot", "key": ["id"], "scope": "mission", "columns": [
           {"name": "id", "type": "int64"}, {"name": "n", "type": "int64"}, {"name": "pad", "type": "bytes"}]}],
         "tasks": [{"id": "agent", "module": "{{{module}}}", "map": "requests",
           {{{(deadlineMs is null ? "" : $"\"deadline_ms\": {deadlineMs},")}}} "retry": {"max_attempts": {{{attempts}}}, "backoff_ms": 0}}]}
        """;

    private async Task AssertCountedAsync(MissionId mission, int actions)
    {
        await _fabric.EndAsync(mission, "Waiting for the agents");
        for (var i = 0; i < Agents; i++)
        {
            Assert.Equal(Timers.ToString(CultureInfo.InvariantCulture), await _fabric.ResultAsync(mission, $"agent/agent-{i:D2}"));
        }

        Assert.Equal(actions, await CountAsync(mission, EntryKinds.Action));
        await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.Equal(actions, replay.Actions);
    }

    private Task<long> ActionsOfEpochAsync(MissionId mission, long epoch) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and epoch = {epoch}");

    /// <summary>Commits of a process's first incarnation.</summary>
    private Task<long> WrittenByAsync(ChildProcess worker) =>
        _fabric.CountAsync($"select count(*) from journal.commit where host_id = (select host_id from control.host where process_id = {worker.Id} order by time_started limit 1)");

    private Task<long> CountAsync(MissionId mission, string kind) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = '{kind}'");
}
