using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: a host carries far more cells that wait than it has slots, and nobody who reads the log could tell. Method: a worker of few slots, the log, and replay.</summary>
public sealed class HibernationTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Slots = 8;
    private const int Cells = 60;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Cells_beyond_the_slots_hibernate_wake_for_what_they_follow_and_replay_as_if_they_never_slept()
    {
        await StartAsync();
        var mission = await FillAsync("asleep");
        var host = await _fabric.UntilAsync("Cells", "to be seen asleep", HostAsync, static host => host.GetProperty("cells_hibernated").GetInt32() >= Cells - Slots);
        Assert.InRange(host.GetProperty("cells_live").GetInt32(), 1, Slots);
        Assert.InRange(host.GetProperty("cells_hibernated").GetInt32(), Cells - Slots, Cells);
        Assert.InRange(host.GetProperty("spool_bytes").GetInt64(), (Cells - Slots) * 256, Cells * 64L * 1024);
        Assert.Equal(JsonValueKind.Null, host.GetProperty("refuses").ValueKind);

        await TellAsync(mission, 1, static cell => 100 + cell);
        await TellAsync(mission, 2, static _ => -1);
        await EndAsync(mission);
        // Each was told both, in the cell it was booted in, in its first attempt.
        Assert.Equal(Cells, await _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_key like 'idle/c-%' and status = 'completed' and attempt = 1"));
        Assert.Equal(3 * Cells, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted'"));
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
        await _fabric.UntilAsync("A spool", "to be empty", HostAsync, static host => host.GetProperty("cells_hibernated").GetInt32() == 0 && host.GetProperty("spool_bytes").GetInt64() == 0);
    }

    [Fact]
    public async Task A_worker_that_dies_takes_its_images_along_and_the_next_one_boots_what_slept()
    {
        var worker = await StartAsync();
        var mission = await FillAsync("lost");
        await worker.KillAsync();
        await StartAsync();
        await TellAsync(mission, 1, static _ => -1);
        await EndAsync(mission);
        Assert.Equal(Cells, await _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_key like 'idle/c-%' and status = 'completed' and attempt > 1"));
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task Cells_that_sleep_are_reloaded_like_the_others()
    {
        await StartAsync();
        var mission = await FillAsync("reloaded");
        // The same code under another digest: a custom section at its end.
        var other = await _fabric.RegisterAsync("idle", [.. BuiltFiles.Guest("idle"), 0, 3, 1, (byte)'v', 2]);
        using (var response = await _fabric.Http.PostAsJsonAsync("/v1/modules/idle:reload", new { to = other, missions = new[] { mission.ToString() } }))
        {
            Assert.Contains("\"reloaded\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(Cells, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted' and body::json ->> 'reason' = 'reload'"));
        await TellAsync(mission, 1, static _ => -1);
        await EndAsync(mission);
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_mission_that_needs_a_slot_gets_that_of_another_missions_cell_that_waits()
    {
        await StartAsync();
        var first = await FillAsync("waits");
        var second = await FillAsync("comes", cells: 3);
        await TellAsync(second, 1, static _ => -1, cells: 3);
        await EndAsync(second);
        await TellAsync(first, 1, static _ => -1);
        await EndAsync(first);
    }

    /// <summary>Every slot is taken and no further cell may sleep; those that do are the next that have something to do.</summary>
    [Fact]
    public async Task A_host_that_is_full_of_sleepers_wakes_them_one_for_another()
    {
        await StartAsync(("HIBERNATED_CELLS", "10"));
        var mission = await _fabric.OpenAsync(AgentSpec(await _fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"))), wait: 20);
        // Each acts four times, one and a half seconds apart: eighteen begin before any acts again.
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, 40).Select(static i => ($"a-{i}", $"{i} 64 1500000 4 0"))]);
        await EndAsync(mission);
        Assert.Equal(40, await _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'completed' and attempt = 1"));
        await _fabric.AssertReplaysAsync(mission);
    }

    /// <summary>The first event that is due is a sleeper's, and what holds the slots cannot sleep: its own events come later.</summary>
    [Fact]
    public async Task A_sleeper_that_finds_no_slot_keeps_nobody_else_waiting()
    {
        await StartAsync();
        var agent = await _fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        var warm = await _fabric.RegisterAsync("switcher", Wasmtime.Module.ConvertText("""
            (module (import "vx" "timer_begin" (func $timer (param i64 i32 i32) (result i32)))
              (memory (export "memory") 1) (table $t 1 funcref)
              (func (export "vx_abi_version") (result i32) i32.const 1) (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32) (table.set $t (i32.const 0) (ref.null func))
                (i32.lt_s (call $timer (i64.const 4000000) (i32.const 0) (i32.const 0)) (i32.const 1)))
              (func (export "on_timer") (param i32 i32) (result i32) i32.const 0))
            """));
        var mission = await _fabric.OpenAsync(AgentSpec(agent, $$"""{"id": "switch", "module": "{{warm}}", "map": "later"}"""), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Slots).Select(static i => ($"a-{i}", $"{i} 64 2000000 2 0"))]);
        await _fabric.UntilAsync("Agents", "to wait", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action'"), static waiting => waiting >= Slots);
        for (var i = 0; i < Slots; i++)
        {
            await _fabric.SubmitAsync(mission, $"s-{i}", [], input: "later");
        }

        await _fabric.CloseAsync(mission, "later");
        await EndAsync(mission);
        Assert.Equal(2 * Slots, await _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'completed' and attempt = 1"));
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_module_whose_cells_cannot_sleep_is_classified_when_it_is_uploaded()
    {
        await StartAsync();
        var module = await _fabric.RegisterAsync("switcher", Wasmtime.Module.ConvertText("""
            (module (memory (export "memory") 1) (table $t 1 funcref)
              (func (export "vx_abi_version") (result i32) i32.const 1) (func (export "vx_alloc") (param i32) (result i32) i32.const 4096)
              (func (export "on_task") (param i32 i32 i32 i32) (result i32) (table.set $t (i32.const 0) (ref.null func)) i32.const 0))
            """));
        var view = await _fabric.GetAsync($"/v1/modules/{module}");
        Assert.Equal(("registered", "table_changes"), (view.GetProperty("status").GetString(), view.GetProperty("stays_warm_code").GetString()));
        Assert.Contains("table.set", view.GetProperty("stays_warm_reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(["table_changes"], await _fabric.RowsAsync($"select body::json ->> 'stays_warm' from journal.entry where kind = 'module.registered' and body::json ->> 'digest' = '{module}'"));
        var idle = await _fabric.GetAsync($"/v1/modules/{await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle"))}");
        Assert.Equal(JsonValueKind.Null, idle.GetProperty("stays_warm_code").ValueKind);
    }

    private Task<ChildProcess> StartAsync(params (string Name, string Value)[] settings) =>
        _fabric.StartWorkerAsync(settings.Append(("CELL_CAPACITY", $"{Slots}")).Append(("SPOOL_MIB", "64")).ToDictionary(static one => "VOXELTRON_WORKER__" + one.Item1, static one => one.Item2));

    private static string AgentSpec(string module, string? another = null) =>
        $$$"""
        {"spec": "v1", "name": "agents", "inputs": {"requests": {}{{{(another is null ? "" : ", \"later\": {}")}}}},
         "tables": [{"name": "slot", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "n", "type": "int64"}, {"name": "pad", "type": "bytes"}]}],
         "tasks": [{"id": "agent", "module": "{{{module}}}", "map": "requests"}{{{(another is null ? "" : "," + another)}}}]}
        """;

    private async Task<MissionId> FillAsync(string name, int cells = Cells)
    {
        var module = await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle"));
        var mission = await _fabric.OpenAsync(IdleMission.Spec(module, name), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, cells).Select(static i => ($"c-{i}", i.ToString(CultureInfo.InvariantCulture)))]);
        await _fabric.UntilAsync("Cells", "to wait", () => _fabric.CountAsync(
            $"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action'"), waiting => waiting >= cells);
        return mission;
    }

    private Task TellAsync(MissionId mission, int round, Func<int, int> value, int cells = Cells) => _fabric.SubmitAsync(
        mission, [.. Enumerable.Range(0, cells).Select(cell => ($"tell-{round}-{cell}", $"tell {(round * 1_000) + cell} {cell} {value(cell)}"))]);

    private async Task EndAsync(MissionId mission)
    {
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission of cells that slept");
    }

    private async Task<JsonElement> HostAsync() => (await _fabric.UntilAsync(
        "A host", "to live", async () => (await _fabric.GetAsync("/v1/hosts")).GetProperty("hosts").EnumerateArray().ToList(),
        static hosts => hosts.Exists(static host => host.GetProperty("state").GetString() == "live")))
        .Last(static host => host.GetProperty("state").GetString() == "live");
}
