using System.Globalization;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A mission long enough for something to happen in its middle: each task reads one row many times.</summary>
internal static class SlowWork
{
    /// <summary>Reads of one task; some tens of milliseconds of work.</summary>
    private const int Reads = 120_000;

    /// <summary>Long from the first: each task is to be dispatched once.</summary>
    private const long Fuel = 10_000_000_000;

    public static async Task<string> SpecAsync(this RunningFabric fabric, string name) =>
        Specs.Mapped(await fabric.RegisterAsync("busy", BuiltFiles.Guest("busy")), name, slice: Fuel);

    public static IEnumerable<(string Item, string Text)> Items(int first, int count) =>
        Enumerable.Range(first, count).Select(static i => ($"item-{i:D3}", Reads.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Returns while the mission is at work: some tasks are durably completed, others are not.</summary>
    public static async Task MiddleAsync(this RunningFabric fabric, MissionId mission, int tasks)
    {
        var completed = await fabric.UntilAsync(
            $"Waiting for the middle of {mission}",
            "some completed tasks",
            () => fabric.CountAsync($"select coalesce(sum(tasks_completed), 0) from control.mission where mission_id = '{mission.Value}'"),
            static completed => completed > 0);
        Assert.True(completed < tasks, $"The mission was over before anything could happen to it: {completed} of {tasks}.");
    }

    /// <summary>Every item was appended once and has exactly one completing action, whatever happened to the owners; the evidence holds.</summary>
    public static async Task AssertNothingLostAsync(this RunningFabric fabric, MissionId mission, int items)
    {
        var view = await fabric.EndAsync(mission, "Waiting for the end");
        Assert.Equal(items, view.GetProperty("tasks").GetProperty("completed").GetInt32());
        var stream = mission.Value;
        Assert.Equal(items, await fabric.CountAsync($"select count(distinct body::json ->> 'item') from journal.entry where stream_id = '{stream}' and kind = 'input.submitted'"));
        Assert.Equal(items, await fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{stream}' and kind = 'input.submitted'"));
        Assert.Equal(
            items,
            await fabric.CountAsync($"""
                select count(*) from (select body::json ->> 'task' from journal.entry
                 where stream_id = '{stream}' and kind = 'action'
                 group by 1 having count(*) = 1) once
                """));
        Assert.Equal(0, await fabric.CountAsync($"select count(*) from control.inbox where stream_id = '{stream}' and consumed_seq is null"));
        await fabric.AssertCleanAsync();
        var replay = await fabric.AssertReplaysAsync(mission);
        Assert.Equal(items, replay.Actions);
    }

    /// <summary>The host ids that wrote to the mission, in order of their epochs.</summary>
    public static async Task<IReadOnlyList<string>> OwnersAsync(this RunningFabric fabric, MissionId mission) =>
        await fabric.RowsAsync($"select actor from journal.entry where stream_id = '{mission.Value}' and kind = 'epoch.began' order by seq");
}
