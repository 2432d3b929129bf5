using System.Globalization;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a snapshot that is sound in itself but not what the log gives is found by the replay of another process, said in the log,
/// counted, and never begun from. Method: one put behind a dead owner's last entry; a right one put there in the same way counts.
/// </summary>
public sealed class SnapshotVerdictTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    /// <summary>None is taken, so the newest to be judged is the one the test puts there.</summary>
    private static readonly Dictionary<string, string> s_takesNone = new(SnapshotTests.Often) { ["VOXELTRON_WORKER__SNAPSHOT_TAIL"] = "0" };

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_snapshot_of_a_state_the_log_does_not_give_is_judged_to_differ_and_never_used()
    {
        var (mission, forged) = await BeginAsync("verdict-differs", isWrong: true);
        var good = (await SnapshotTests.GoodAsync(_fabric, mission))[^1];
        var judge = await _fabric.StartWorkerAsync(s_takesNone);
        await AssertJudgedAsync(judge, mission, forged, "differs");

        // What the judge went by, and what anybody gets who replays.
        Assert.Equal(1, judge.Said($"DIVERGED at seq {forged.Seq + 1} (snapshot.taken)"));
        foreach (var words in (string[][])[["--from-snapshot", "--until", $"{forged.Seq + 1}"], []])
        {
            var run = await _fabric.ReplayAsync(["run", mission.ToString(), .. words]);
            Assert.True(run.ExitCode == 1 && run.Lines.Any(line => line.StartsWith($"DIVERGED at seq {forged.Seq + 1} (snapshot.taken)", StringComparison.Ordinal)), string.Join('\n', run.Lines));
        }

        await AssertNextOwnerBeganFromAsync(judge, mission, good);
    }

    [Fact]
    public async Task A_snapshot_of_the_state_the_log_gives_counts_whoever_put_it_there()
    {
        var (mission, forged) = await BeginAsync("verdict-reproduced", isWrong: false);
        var judge = await _fabric.StartWorkerAsync(s_takesNone);
        await AssertJudgedAsync(judge, mission, forged, "reproduced");
        await AssertNextOwnerBeganFromAsync(judge, mission, forged.Seq);
    }

    /// <summary>A mission with a good snapshot, its owner killed, and the forged one behind its last entry.</summary>
    private async Task<(MissionId, ForgedSnapshot)> BeginAsync(string name, bool isWrong)
    {
        var owner = await _fabric.StartWorkerAsync(SnapshotTests.Often);
        var mission = await SnapshotTests.BeginAsync(_fabric, name);
        await SnapshotTests.UntilGoodAsync(_fabric, mission, 1);
        await owner.KillAsync();
        await _fabric.UntilAsync(
            "Waiting for the end of the owner's sessions", "none",
            () => _fabric.CountAsync($"select count(*) from pg_stat_activity where datname = '{_fabric.Database}' and application_name like 'voxeltron-worker-%'"),
            static sessions => sessions == 0);
        await _fabric.AdministerAsync($"delete from control.snapshot where stream_id = '{mission.Value}' and verdict is null");
        return (mission, await ForgedSnapshot.AppendAsync(_fabric, mission, isWrong));
    }

    private async Task AssertJudgedAsync(ChildProcess judge, MissionId mission, ForgedSnapshot forged, string verdict)
    {
        // The verdict is an intent, so the owner appends it some time after the row says it.
        var words = await _fabric.UntilAsync(
            "Waiting for the word of the judge", "an entry",
            () => _fabric.RowsAsync($"""
                select body::json ->> 'verdict', body::json ->> 'root' from journal.entry
                 where stream_id = '{mission.Value}' and kind = 'snapshot.judged' and actor like 'host/%' and (body::json ->> 'snapshot_seq')::bigint = {forged.Seq}
                """),
            static rows => rows.Count > 0);
        Assert.Equal([$"{verdict}|{forged.Root}"], words);
        Assert.Equal([verdict], await _fabric.RowsAsync($"select verdict from control.snapshot where stream_id = '{mission.Value}' and seq = {forged.Seq}"));
        using var http = new HttpClient();
        var counted = (await http.GetStringAsync((await File.ReadAllTextAsync(_fabric.State.Paths.Address(judge.Name))).Trim() + "/metrics")).Split('\n')
            .Where(static line => line.Contains("snapshots_total{", StringComparison.Ordinal)).ToList();
        Assert.True(counted.Exists(line => line.EndsWith($"what=\"{verdict}\"}} 1", StringComparison.Ordinal)), string.Join('\n', counted));
        Assert.Single(counted);
    }

    private async Task AssertNextOwnerBeganFromAsync(ChildProcess judge, MissionId mission, long seq)
    {
        await judge.KillAsync();
        var next = await _fabric.StartWorkerAsync(s_takesNone);
        await _fabric.UntilAsync("After the takeover", "agents to act again", () => ActionsOfThirdEpochAsync(mission), static actions => actions > 10);
        Assert.EndsWith($"from the snapshot at {seq.ToString(CultureInfo.InvariantCulture)} (0: none).", SnapshotTests.Recovered(next), StringComparison.Ordinal);
        using var answer = await _fabric.Http.PostAsync(new Uri($"/v1/missions/{mission}:cancel", UriKind.Relative), null);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        await _fabric.EndAsync(mission, "A cancelled mission", "cancelled");
    }

    private Task<long> ActionsOfThirdEpochAsync(MissionId mission) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and epoch = 3");
}
