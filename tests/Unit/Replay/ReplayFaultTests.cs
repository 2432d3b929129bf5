using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: an injected fault replays like any other, and a log in which a fault came from nowhere does not. Method: missions with a fault in a
/// waiting cell, written down honestly; then the request, its answer or what came of it left out or changed, and everything chained anew.
/// </summary>
public sealed class ReplayFaultTests
{
    [Theory]
    [InlineData(InjectedFault.Trap, "trap_unreachable", "transient_crash")]
    [InlineData(InjectedFault.EndlessLoop, "out_of_fuel", "resource_exhaustion")]
    [InlineData(InjectedFault.Memory, "alloc_failed", "resource_exhaustion")]
    [InlineData(InjectedFault.PolicyBreach, "policy_breach", "policy_violation")]
    public async Task A_fault_of_a_cells_next_event_comes_again_in_a_replay(InjectedFault fault, string code, string meaning)
    {
        foreach (var byCell in new[] { false, true })
        {
            using var mission = RecordedMission.Injected(fault, byCell);
            var abort = mission.Honest[(int)mission.SeqOf(EntryKinds.ActionAborted) - 1].Body.ToString();
            Assert.Contains($"\"code\":\"{code}\",\"event\":\"timer\",\"fault\":\"{meaning}\"", abort, StringComparison.Ordinal);
            // It healed: another attempt went on with the timer, and nothing but one abort is left of it.
            Assert.Equal(EntryKinds.MissionCompleted, mission.Honest[^1].Header.Kind);
            Assert.Equal(1, mission.Honest.Count(static entry => entry.Header.Kind == EntryKinds.ActionAborted));

            var report = await mission.ReplayAsync(mission.Honest);

            Assert.Null(report.Divergence);
            Assert.Equal((1, 0), (report.Aborts, report.NotRepeatable));
            Assert.True(report.FuelCompared);
        }
    }

    [Fact]
    public async Task A_fault_nobody_asked_for_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.Trap);
        var seq = mission.SeqOf(EntryKinds.FaultInjectRequested);

        var report = await mission.ReplayAsync(mission.Without(seq));

        Assert.Equal((seq, "fault"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_fault_that_was_asked_for_and_not_answered_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.Trap);
        var seq = mission.SeqOf(EntryKinds.FaultInjected);

        var report = await mission.ReplayAsync(mission.Without(seq));

        Assert.Equal((seq, "fault"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_fault_done_twice_for_one_request_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.Trap);
        var seq = mission.SeqOf(EntryKinds.FaultInjected);

        var report = await mission.ReplayAsync(mission.WithCopy(seq, before: seq + 1));

        Assert.Equal((seq + 1, "fault"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Theory]
    [InlineData("fault", "endless_loop")]
    [InlineData("does", "kills_host")]
    [InlineData("task", "work/other")]
    [InlineData("cell", "cell_00000000000000000000000000000001")]
    [InlineData("profile", "wide")]
    [InlineData("requested_seq", null)]
    [InlineData("caller", "somebody")]
    public async Task A_changed_answer_is_named(string member, string? to)
    {
        using var mission = RecordedMission.Injected(InjectedFault.Trap);
        var seq = mission.SeqOf(EntryKinds.FaultInjected);

        var report = await mission.ReplayAsync(mission.Forged(seq, body => body[member] = to is null ? 1 : to));

        Assert.Equal((seq, "body"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_fault_in_a_profile_that_allows_none_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.Trap);

        var report = await mission.ReplayAsync(mission.ForgedPayload(mission.SeqOf(EntryKinds.MissionSubmitted), spec => spec["profiles"]!["default"]!["faults"] = false));

        Assert.Equal((mission.SeqOf(EntryKinds.FaultInjected), "order"), (report.Divergence?.Seq, report.Divergence?.Field));
        Assert.Contains("faults_not_allowed", report.Divergence!.Replayed, StringComparison.Ordinal);
    }

    /// <summary>The abort stands there, and why has been cut out of the log.</summary>
    [Fact]
    public async Task An_abort_no_fault_was_ordered_for_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.PolicyBreach);
        var requested = mission.SeqOf(EntryKinds.FaultInjectRequested);

        // Both gone: the cell is well, and completes where the record says that it aborted.
        var report = await mission.ReplayAsync(mission.WithoutAll(requested, requested + 1));

        Assert.Equal((requested, "outcome", "Completed"), (report.Divergence?.Seq, report.Divergence?.Field, report.Divergence?.Replayed));
    }

    [Fact]
    public async Task Another_code_than_the_faults_own_is_found()
    {
        using var mission = RecordedMission.Injected(InjectedFault.Memory);
        var seq = mission.SeqOf(EntryKinds.ActionAborted);

        var report = await mission.ReplayAsync(mission.Forged(seq, static body => body["code"] = "out_of_fuel"));

        Assert.Equal((seq, "body"), (report.Divergence?.Seq, report.Divergence?.Field));
    }
}
