using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>Goal: a replay that begins from a snapshot proves what follows as one from the beginning does. Method: the mission of <see cref="RecordedMission"/>, honest and forged behind the snapshot.</summary>
public sealed class ReplaySnapshotTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    [Fact]
    public async Task A_whole_replay_computes_the_root_of_each_snapshot()
    {
        var report = await mission.ReplayAsync(mission.Honest);

        Assert.Null(report.Divergence);
        Assert.Equal(1, report.Snapshots);
    }

    [Fact]
    public async Task A_replay_from_a_snapshot_comes_to_the_same_end()
    {
        var report = await mission.ReplayFromSnapshotAsync(mission.Snapshot.Bytes.ToArray(), mission.Honest);

        Assert.Null(report.Divergence);
        Assert.Equal(mission.Snapshot.At.Seq, report.Start);
        Assert.Equal((mission.Honest.Count - mission.Snapshot.At.Seq, 1L, 0L), (report.Entries, report.Snapshots, report.Applied));
        Assert.Contains($"It began from the snapshot at seq {mission.Snapshot.At.Seq}", report.Verdict(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EntryKinds.Action, "fuel")]
    [InlineData(EntryKinds.ActionAborted, "code")]
    [InlineData(EntryKinds.MissionCompleted, "state_root")]
    public async Task What_is_forged_behind_a_snapshot_is_found_from_it(string kind, string member)
    {
        var seq = mission.Honest.Last(entry => entry.Header.Kind == kind).Header.Seq;
        Assert.True(seq > mission.Snapshot.At.Seq, "nothing of the kind stands behind the snapshot");

        var report = await mission.ReplayFromSnapshotAsync(mission.Snapshot.Bytes.ToArray(), mission.Forged(seq, body => body[member] = member == "fuel" ? 1 : member == "code" ? "trap_99" : new string('0', 64)));

        Assert.Equal(seq, report.Divergence?.Seq);
    }
}
