using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: whoever operates a mission sees how each of its cells is, and no cell that is gone. Method: real processes, read as an operator does.</summary>
public sealed class CellHealthTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Cells = 5;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Cells_that_wait_are_told_with_what_they_did_and_are_gone_with_their_mission()
    {
        var worker = await _fabric.StartWorkerAsync();
        var mission = await FillAsync("healthy");
        var cells = await CellsAsync(mission, static cells => cells.Count == Cells);
        Assert.All(cells, static cell =>
        {
            Assert.Equal(("warm", 1, 1L, "task", 0, 0, 0), (
                cell.GetProperty("state").GetString(), cell.GetProperty("attempt").GetInt32(), cell.GetProperty("events").GetInt64(), cell.GetProperty("last_event").GetString(),
                cell.GetProperty("queue").GetInt32(), cell.GetProperty("faults").GetInt32(), cell.GetProperty("restarts").GetInt32()));
            Assert.InRange(cell.GetProperty("memory_bytes").GetInt64(), 65_536, 4 << 20);
            Assert.InRange(cell.GetProperty("fuel").GetInt64(), 1, 1_000_000);
        });
        Assert.Equal(
            await _fabric.RowsAsync($"select 'cell_' || replace(cell_id::text, '-', '') from control.task where mission_id = '{mission.Value}' order by task_key"),
            cells.Select(static cell => cell.GetProperty("cell_id").GetString()!));

        await _fabric.SubmitAsync(mission, [("tell", "tell 1 2 7")]);
        var told = (await CellsAsync(mission, static cells => cells.Exists(static cell => cell.GetProperty("last_event").GetString() == "delta"))).Single(static cell => cell.GetProperty("events").GetInt64() == 2);
        Assert.Equal(("idle/c-2", true), (told.GetProperty("task_key").GetString(), told.GetProperty("fuel").GetInt64() > told.GetProperty("fuel_last").GetInt64()));
        var page = await _fabric.GetAsync($"/v1/missions/{mission}/cells?limit=2&after=idle/c-1");
        Assert.Equal(["idle/c-2", "idle/c-3"], page.GetProperty("cells").EnumerateArray().Select(static cell => cell.GetProperty("task_key").GetString()));
        Assert.Equal("idle/c-3", page.GetProperty("next_after").GetString());

        await worker.KillAsync();
        await _fabric.StartWorkerAsync();
        var again = await CellsAsync(mission, cells => cells.Count == Cells && cells.TrueForAll(cell => cell.GetProperty("host_id").GetString() != told.GetProperty("host_id").GetString()));
        Assert.All(again, static cell => Assert.Equal((2, 1, "resume"), (cell.GetProperty("attempt").GetInt32(), cell.GetProperty("restarts").GetInt32(), cell.GetProperty("last_event").GetString())));

        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Cells).Select(static cell => ($"end-{cell}", $"tell {10 + cell} {cell} -1"))]);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission whose health was told");
        await _fabric.UntilAsync("Health of ended cells", "to be gone", () => _fabric.CountAsync($"select count(*) from control.cell_health where mission_id = '{mission.Value}'"), static rows => rows == 0);
        await _fabric.AssertReplaysAsync(mission);
    }

    private async Task<MissionId> FillAsync(string name)
    {
        var mission = await _fabric.OpenAsync(IdleMission.Spec(await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle")), name), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, Cells).Select(static i => ($"c-{i}", $"{i}"))]);
        return mission;
    }

    private Task<List<JsonElement>> CellsAsync(MissionId mission, Func<List<JsonElement>, bool> reached) => _fabric.UntilAsync(
        "The health of cells", "to be told", async () => (await _fabric.GetAsync($"/v1/missions/{mission}/cells")).GetProperty("cells").EnumerateArray().ToList(), reached);
}
