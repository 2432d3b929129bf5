using System.Globalization;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a mission is recovered from a snapshot that an independent replay reproduced, from an older one when the newest is
/// damaged, and from the whole log when none is left, each time with the same state. Method: agents that count in rows what they
/// did; workers killed in the middle; a replay of the whole.
/// </summary>
public sealed class SnapshotTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Agents = 6;

    /// <summary>More than any test waits for: how soon a snapshot counts is the machine's affair.</summary>
    private const int Timers = 1_000_000;

    /// <summary>Worker settings under which a mission has a snapshot every second or so.</summary>
    internal static readonly Dictionary<string, string> Often = new()
    {
        ["VOXELTRON_WORKER__SNAPSHOT_TAIL"] = "100",
        ["VOXELTRON_WORKER__SNAPSHOT_INTERVAL_MS"] = "500",
        ["VOXELTRON_WORKER__SNAPSHOT_JUDGE_PERCENT"] = "100",
    };

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_killed_worker_s_mission_goes_on_from_the_newest_snapshot_that_counts()
    {
        var first = await _fabric.StartWorkerAsync(Often);
        var mission = await BeginAsync(_fabric, "snapshots");
        await UntilGoodAsync(_fabric, mission, 2);
        await first.KillAsync();
        var good = await GoodAsync(_fabric, mission);
        var second = await _fabric.StartWorkerAsync(Often);

        await AssertEndAsync(mission);
        Assert.Contains(good[^1].ToString(CultureInfo.InvariantCulture), Recovered(second), StringComparison.Ordinal);
        // Each verdict stands in the log as the act of a host.
        Assert.Equal(
            ["reproduced"],
            await _fabric.RowsAsync($"select distinct body::json ->> 'verdict' from journal.entry where stream_id = '{mission.Value}' and kind = 'snapshot.judged' and actor like 'host/%'"));
        await _fabric.UntilAsync("Waiting for the end of its snapshots", "none", () => CountAsync(_fabric, mission, ""), static count => count == 0);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused_and_the_older_one_used()
    {
        var first = await _fabric.StartWorkerAsync(Often);
        var mission = await BeginAsync(_fabric, "snapshots-damaged");
        await UntilGoodAsync(_fabric, mission, 2);
        await first.KillAsync();
        var good = await GoodAsync(_fabric, mission);
        await DamageAsync(mission, good[^1]);
        var second = await _fabric.StartWorkerAsync(Often);

        await AssertEndAsync(mission);
        Assert.Contains(good[^2].ToString(CultureInfo.InvariantCulture), Recovered(second), StringComparison.Ordinal);
        Assert.Contains("is refused", second.Tail(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_every_snapshot_damaged_the_log_alone_is_enough()
    {
        var first = await _fabric.StartWorkerAsync(Often);
        var mission = await BeginAsync(_fabric, "snapshots-all-damaged");
        await UntilGoodAsync(_fabric, mission, 1);
        await first.KillAsync();
        foreach (var seq in await GoodAsync(_fabric, mission))
        {
            await DamageAsync(mission, seq);
        }

        await _fabric.StartWorkerAsync(Often);
        await AssertEndAsync(mission);
    }

    internal static async Task<MissionId> BeginAsync(RunningFabric fabric, string name)
    {
        var module = await fabric.RegisterAsync("agent", BuiltFiles.Guest("agent"));
        var mission = await fabric.OpenAsync(AgentTests.Spec(module, name, attempts: 3, deadlineMs: null), wait: 20);
        await fabric.SubmitAsync(mission, Enumerable.Range(0, Agents).Select(i => ($"agent-{i}", $"{i} {Agents} 40000 {Timers} 0")));
        await fabric.CloseAsync(mission);
        return mission;
    }

    internal static Task<long> UntilGoodAsync(RunningFabric fabric, MissionId mission, int count) => fabric.UntilAsync(
        "Waiting for snapshots that count", count.ToString(CultureInfo.InvariantCulture), () => CountAsync(fabric, mission, "and verdict = 'reproduced'"), found => found >= count);

    private static Task<long> CountAsync(RunningFabric fabric, MissionId mission, string and) =>
        fabric.CountAsync($"select count(*) from control.snapshot where stream_id = '{mission.Value}' {and}");

    internal static async Task<List<long>> GoodAsync(RunningFabric fabric, MissionId mission) =>
        [.. (await fabric.RowsAsync($"select seq from control.snapshot where stream_id = '{mission.Value}' and verdict = 'reproduced' order by seq")).Select(static seq => long.Parse(seq, CultureInfo.InvariantCulture))];

    private Task<IReadOnlyList<string>> DamageAsync(MissionId mission, long seq) => _fabric.RowsAsync(
        $"update control.snapshot_part set bytes = set_byte(bytes, length(bytes) / 2, 255 - get_byte(bytes, length(bytes) / 2)) where stream_id = '{mission.Value}' and seq = {seq} returning part");

    private async Task AssertEndAsync(MissionId mission)
    {
        // The next owner works: every agent acts again, and what it reads then is checked by the replay.
        var resumed = await ActionsAsync(mission);
        await _fabric.UntilAsync("After the takeover", "every agent to act again", () => ActionsAsync(mission), actions => actions > resumed + (3 * Agents));
        using var answer = await _fabric.Http.PostAsync(new Uri($"/v1/missions/{mission}:cancel", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await _fabric.EndAsync(mission, "A cancelled mission", "cancelled");
        await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.True(replay.Snapshots > 0, "the replay met no snapshot");
    }

    private Task<long> ActionsAsync(MissionId mission) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and epoch = 2");

    internal static string Recovered(ChildProcess worker) =>
        worker.Tail().Split('\n').Last(static line => line.Contains("recovered to seq", StringComparison.Ordinal) && !line.Contains("snapshot at 0", StringComparison.Ordinal));
}
