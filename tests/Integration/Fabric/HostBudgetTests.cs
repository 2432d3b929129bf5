using System.Net;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: what a host has left for cells is known, decides where a mission goes, and names itself when it is used up. Method: real worker hosts with few places.</summary>
public sealed class HostBudgetTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_full_host_says_which_budget_is_used_up_and_who_waits_and_goes_on_when_a_place_is_free()
    {
        await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__CELL_CAPACITY"] = "3", ["VOXELTRON_WORKER__SPOOL_MIB"] = "0" });
        var mission = await FillAsync("full", 5);
        var host = await _fabric.UntilAsync("A full host", "it to say so", HostAsync, static host => host.GetProperty("tasks_waiting").GetInt32() == 2);
        Assert.Equal(("slots", 3, 3, 1), (
            host.GetProperty("refuses").GetString(), host.GetProperty("cells_live").GetInt32(), host.GetProperty("cell_capacity").GetInt32(), Missions(host)));
        Assert.InRange(host.GetProperty("mappings").GetInt64(), 100, host.GetProperty("mappings_limit").GetInt64());
        Assert.InRange(host.GetProperty("memory_bytes").GetInt64(), 1 << 20, 1L << 40);
        Assert.True(host.GetProperty("machine_free_bytes").GetInt64() > 0);

        await EndAsync(mission);
        await _fabric.UntilAsync("A host with places", "it to say so", HostAsync, static host => host.GetProperty("refuses").ValueKind == JsonValueKind.Null && host.GetProperty("tasks_waiting").GetInt32() == 0);
    }

    [Fact]
    public async Task No_cell_begins_where_the_machine_has_to_keep_more_memory_than_it_has()
    {
        await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__MACHINE_RESERVE_MIB"] = "9000000" });
        var mission = await FillAsync("short", 1, settled: 0);
        var host = await _fabric.UntilAsync("A machine without memory", "the host to say so", HostAsync, static host => host.GetProperty("tasks_waiting").GetInt32() == 1);
        Assert.Equal(("machine_memory", 0), (host.GetProperty("refuses").GetString(), host.GetProperty("cells_live").GetInt32()));
        await EndAsync(mission);
    }

    [Fact]
    public async Task A_mission_goes_where_there_is_room()
    {
        await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__CELL_CAPACITY"] = "4" });
        var first = await FillAsync("first", 3);
        await _fabric.UntilAsync("The first host", "its cells to be seen", HostAsync, static host => host.GetProperty("cells_live").GetInt32() == 3);
        var second = await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__CELL_CAPACITY"] = "400" });
        // It lives a moment before the log knows its key, and claims nothing before that.
        await _fabric.UntilAsync("A second host", "to take missions", () => Task.FromResult(second.Said("is delegated and takes missions")), static said => said > 0);
        await _fabric.UntilAsync("A second host", "to live", () => HostsAsync(), static hosts => hosts.Exists(static host => host.GetProperty("state").GetString() == "live" && host.GetProperty("cell_capacity").GetInt32() == 400));
        for (var i = 0; i < 4; i++)
        {
            await EndAsync(await FillAsync($"next-{i}", 1));
        }

        // A courtesy of a moment: on a machine that is busy with other tests one may be late.
        Assert.InRange(await _fabric.CountAsync(
            $"""
            select count(distinct m.mission_id) from control.mission m
             join journal.entry e on e.stream_id = m.mission_id and e.kind = 'epoch.began'
             join control.host h on e.actor = 'host/' || replace(h.host_id::text, '-', '')
            where m.name like 'next-%' and h.cell_capacity = 400
            """), 3, 4);
        await EndAsync(first);
    }

    [Fact]
    public async Task Hosts_are_for_who_runs_the_fabric()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/hosts");
        using var anonymous = new HttpClient { BaseAddress = _fabric.Http.BaseAddress };
        using var response = await anonymous.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    /// <summary>A mission of followers, of which so many wait in a cell.</summary>
    private async Task<MissionId> FillAsync(string name, int tasks, int? settled = null)
    {
        var module = await _fabric.RegisterAsync("follow", BuiltFiles.Guest("follow"));
        var mission = await _fabric.OpenAsync(FollowedMission.Spec(module, name), wait: 20);
        await _fabric.SubmitAsync(mission, [.. Enumerable.Range(0, tasks).Select(static i => ($"f-{i}", $"follow g{i % 4} plain 777"))]);
        var wanted = settled ?? Math.Min(tasks, 3);
        await _fabric.UntilAsync("Followers", $"{wanted} to wait", () => _fabric.CountAsync(
            $"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action'"), waiting => waiting >= wanted);
        return mission;
    }

    /// <summary>Cancelled: who waits for a cell would follow only what comes after.</summary>
    private async Task EndAsync(MissionId mission)
    {
        using var response = await _fabric.Http.PostAsync($"/v1/missions/{mission}:cancel", new ByteArrayContent([]));
        Assert.True(response.IsSuccessStatusCode, Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()));
        await _fabric.EndAsync(mission, "A mission that was cancelled", "cancelled");
    }

    private static int Missions(JsonElement host) => host.GetProperty("streams").GetInt32() - 2;

    /// <summary>The host of this test: the last to live, since those that were killed may not be known to be dead yet.</summary>
    private async Task<JsonElement> HostAsync() =>
        (await _fabric.UntilAsync("A host", "to live", HostsAsync, static hosts => hosts.Exists(static host => host.GetProperty("state").GetString() == "live")))
        .Last(static host => host.GetProperty("state").GetString() == "live");

    private async Task<List<JsonElement>> HostsAsync() => [.. (await _fabric.GetAsync("/v1/hosts")).GetProperty("hosts").EnumerateArray()];
}
