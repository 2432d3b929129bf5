using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: a mission that asks for ready instances boots from them, gives them up to who needs the slots, and replays. Method: real processes with few slots.</summary>
public sealed class WarmPoolTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Boots_take_instances_that_are_ready_and_go_on_without_when_the_slots_are_needed()
    {
        await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__CELL_CAPACITY"] = "8", ["VOXELTRON_WORKER__SPOOL_MIB"] = "0" });
        var module = await _fabric.RegisterAsync("idle", BuiltFiles.Guest("idle"));
        var mission = await _fabric.OpenAsync(IdleMission.Spec(module, "pooled", """{"default": {"warm": 3}}"""), wait: 20);
        await LiveAsync(static live => live == 3);
        await _fabric.SubmitAsync(mission, [("c-0", "0"), ("c-1", "1")]);
        await WaitingAsync(mission, 2);
        Assert.Equal(["true", "true"], await WarmAsync(mission));

        // Eight slots: six more cells find the rest of the pool, or its slots.
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(2, 6).Select(static i => ($"c-{i}", $"{i}"))]);
        await WaitingAsync(mission, 8);
        await LiveAsync(static live => live == 8);
        var warm = await WarmAsync(mission);
        Assert.InRange(warm.Count(static one => one == "true"), 3, 8);

        using (await _fabric.Http.PostAsync($"/v1/missions/{mission}:cancel", new ByteArrayContent([])))
        {
        }

        await _fabric.EndAsync(mission, "A mission with a pool", "cancelled");
        await LiveAsync(static live => live == 0);
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    private Task<IReadOnlyList<string>> WarmAsync(MissionId mission) =>
        _fabric.RowsAsync($"select coalesce(body::json ->> 'warm', 'false') from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted' order by seq");

    private Task<long> WaitingAsync(MissionId mission, int cells) => _fabric.UntilAsync("Cells", "to wait", () => _fabric.CountAsync(
        $"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action'"), waiting => waiting == cells);

    private Task<int> LiveAsync(Func<int, bool> reached) => _fabric.UntilAsync("Slots", "to be taken", async () =>
        (await _fabric.GetAsync("/v1/hosts")).GetProperty("hosts").EnumerateArray().Where(static host => host.GetProperty("state").GetString() == "live").Select(static host => host.GetProperty("cells_live").GetInt32()).LastOrDefault(-1), reached);
}
