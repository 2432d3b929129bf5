using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: incidents stand in a log exactly where the restart policy demands them. Method: missions that crash in a loop, written down
/// honestly; then an incident left out, made up, moved or changed, and everything chained anew.
/// </summary>
public sealed class ReplayIncidentTests : IDisposable
{
    // Two faults, held; then one more fault by the first try, and a clean one by the second, which closes it.
    private readonly RecordedMission _mission = RecordedMission.Crashing("unreachable", "unreachable.2", "count");

    public void Dispose() => _mission.Dispose();

    [Fact]
    public async Task An_honest_crash_loop_replays_clean()
    {
        Assert.Equal(1, _mission.Honest.Count(static entry => entry.Header.Kind == EntryKinds.IncidentOpened));
        var closed = _mission.Honest[(int)_mission.SeqOf(EntryKinds.IncidentClosed) - 1].Body.ToString();
        Assert.Contains("\"resolution\":\"recovered\",\"task\":\"work/count\"", closed, StringComparison.Ordinal);
        // Two tries failed: the second item's two attempts.
        Assert.Contains("\"faults\":4,\"holds\":3", closed, StringComparison.Ordinal);

        var report = await _mission.ReplayAsync(_mission.Honest);

        Assert.Null(report.Divergence);
        Assert.Equal(4, report.Aborts);
    }

    [Fact]
    public async Task A_mission_that_ends_in_a_crash_loop_closes_it()
    {
        using var ended = RecordedMission.Crashing("count", "unreachable");
        Assert.Equal([EntryKinds.IncidentClosed, EntryKinds.MissionCompleted], ended.Honest.TakeLast(2).Select(static entry => entry.Header.Kind));
        Assert.Contains("mission_ended", ended.Honest[^2].Body.ToString(), StringComparison.Ordinal);

        Assert.Null((await ended.ReplayAsync(ended.Honest)).Divergence);
        Assert.Equal("order", (await ended.ReplayAsync(ended.Without(ended.SeqOf(EntryKinds.IncidentClosed)))).Divergence?.Field);
    }

    [Theory]
    [InlineData(EntryKinds.IncidentOpened, "incident.opened of profile default")]
    [InlineData(EntryKinds.IncidentClosed, "incident.closed of profile default")]
    public async Task An_incident_that_was_left_out_is_missed_at_once(string kind, string missed)
    {
        var seq = _mission.SeqOf(kind);

        var report = await _mission.ReplayAsync(_mission.Without(seq));

        Assert.Equal((seq, "incident", missed), (report.Divergence?.Seq, report.Divergence?.Field, report.Divergence?.Replayed));
    }

    [Theory]
    [InlineData(EntryKinds.IncidentOpened)]
    [InlineData(EntryKinds.IncidentClosed)]
    public async Task An_incident_that_was_made_up_is_found(string kind)
    {
        var opened = _mission.SeqOf(EntryKinds.IncidentOpened);
        var copied = _mission.SeqOf(kind);

        var report = await _mission.ReplayAsync(_mission.WithCopy(copied, before: opened - 4));

        Assert.Equal((opened - 4, "incident"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Theory]
    [InlineData(EntryKinds.IncidentOpened, "code")]
    [InlineData(EntryKinds.IncidentOpened, "fault")]
    [InlineData(EntryKinds.IncidentOpened, "task")]
    [InlineData(EntryKinds.IncidentOpened, "profile")]
    [InlineData(EntryKinds.IncidentOpened, "faults")]
    [InlineData(EntryKinds.IncidentOpened, "hold_ms")]
    [InlineData(EntryKinds.IncidentClosed, "resolution")]
    [InlineData(EntryKinds.IncidentClosed, "holds")]
    [InlineData(EntryKinds.IncidentClosed, "faults")]
    [InlineData(EntryKinds.IncidentClosed, "opened_seq")]
    public async Task A_changed_incident_is_named(string kind, string member)
    {
        var seq = _mission.SeqOf(kind);

        var report = await _mission.ReplayAsync(_mission.Forged(seq, body => body[member] = body[member]!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? 77 : "other"));

        Assert.Equal((seq, "body"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_dispatch_within_the_hold_is_found()
    {
        var seq = _mission.Honest.First(entry => entry.Header.Kind == EntryKinds.TaskDispatched && entry.Header.Seq > _mission.SeqOf(EntryKinds.IncidentOpened)).Header.Seq;
        var opened = _mission.Honest[(int)_mission.SeqOf(EntryKinds.IncidentOpened) - 1].Header.TimeUs;

        Assert.Null((await _mission.ReplayAsync(_mission.Retimed(seq, opened + 50_000))).Divergence);
        var report = await _mission.ReplayAsync(_mission.Retimed(seq, opened + 49_999));

        Assert.Equal((seq, "order"), (report.Divergence?.Seq, report.Divergence?.Field));
        Assert.Contains("held", report.Divergence!.Replayed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("policy_violation")]
    [InlineData(null)]
    public async Task A_fault_by_another_name_or_by_none_is_found(string? fault)
    {
        var seq = _mission.SeqOf(EntryKinds.ActionAborted);

        var report = await _mission.ReplayAsync(_mission.Forged(seq, body =>
        {
            body.Remove("fault");
            if (fault is not null)
            {
                body["fault"] = fault;
            }
        }));

        Assert.Equal((seq, "fault"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_log_of_a_build_without_restart_policies_replays_and_has_the_snapshots_it_always_had()
    {
        using var mission = new RecordedMission();
        var older = mission.Older();
        Assert.DoesNotContain(older, static entry => entry.Body.ToString().Contains("\"fault\"", StringComparison.Ordinal));

        var report = await mission.ReplayAsync(older);

        Assert.Null(report.Divergence);
        Assert.Equal(2, report.Aborts);
        var state = new MissionState(RecordedMission.Tenant, RecordedMission.Mission, StoreLimits.Default);
        foreach (var entry in older.TakeWhile(static entry => entry.Header.Kind != EntryKinds.MissionCompleted))
        {
            state.Apply(entry);
        }

        Assert.False(state.HasRestarts);
    }
}
