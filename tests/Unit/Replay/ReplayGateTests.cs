using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a host can let through nothing that people did not, nor show them another thing than is done. Method: missions behind gates,
/// written down honestly; then an entry left out, made up or changed, and everything chained anew.
/// </summary>
public sealed class ReplayGateTests : IDisposable
{
    private readonly RecordedMission _mission = RecordedMission.Gated();

    public void Dispose() => _mission.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_honest_mission_behind_gates_replays_clean(bool escalates)
    {
        using var mission = RecordedMission.Gated(escalates);
        Assert.Equal(3, mission.Honest.Count(static entry => entry.Header.Kind == EntryKinds.GateOpened));
        Assert.Equal(escalates ? 6 : 4, mission.Honest.Count(static entry => entry.Header.Kind == EntryKinds.GateDecided));
        Assert.Equal(1, mission.Honest.Count(entry => entry.Header.Kind == (escalates ? EntryKinds.GateEscalated : EntryKinds.GateExpired)));

        Assert.Null((await mission.ReplayAsync(mission.Honest)).Divergence);
        Assert.Null((await mission.ReplayFromSnapshotAsync(mission.Snapshot.Bytes.ToArray(), mission.Honest)).Divergence);
    }

    [Theory]
    [InlineData(EntryKinds.GateDecided, 0)]
    [InlineData(EntryKinds.GateDecided, 1)]
    [InlineData(EntryKinds.IntentRefused, 0)]
    public async Task A_decision_that_is_not_answered_at_once_is_missed(string kind, int n)
    {
        var seq = _mission.SeqOf(kind, n);

        var report = await _mission.ReplayAsync(_mission.Without(seq));

        Assert.Equal((seq, "gate"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_dispatch_that_people_did_not_let_through_is_found()
    {
        using var mission = RecordedMission.Gated(escalates: false, "count");
        // The second approval with its answer, and the first too.
        foreach (var from in new[] { 1, 0 })
        {
            var gone = new[] { 0, 1 }.Where(n => n >= from).SelectMany(n => new[] { mission.SeqOf(EntryKinds.GateDecided, n) - 1, mission.SeqOf(EntryKinds.GateDecided, n) }).ToArray();
            await AssertFoundAsync(mission, gone);
        }
    }

    private static async Task AssertFoundAsync(RecordedMission mission, long[] gone)
    {
        var report = await mission.ReplayAsync(mission.WithoutAll(gone));

        Assert.Equal("order", report.Divergence?.Field);
        Assert.Contains("people", report.Divergence!.Replayed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "approvals")]
    [InlineData(0, "approver")]
    [InlineData(0, "enrolled_seq")]
    [InlineData(0, "key")]
    [InlineData(0, "kid")]
    [InlineData(0, "by")]
    [InlineData(0, "principal")]
    [InlineData(1, "state")]
    [InlineData(1, "decision")]
    [InlineData(1, "role")]
    [InlineData(1, "quorum")]
    [InlineData(1, "digest")]
    [InlineData(1, "opened_seq")]
    public async Task A_changed_decision_is_named(int n, string member)
    {
        var seq = _mission.SeqOf(EntryKinds.GateDecided, n);

        var report = await _mission.ReplayAsync(_mission.Forged(seq, body =>
            body[member] = body[member]!.GetValueKind() == System.Text.Json.JsonValueKind.Number ? 77 : member == "key" ? Convert.ToBase64String(new byte[32]) : "other"));

        // Where enrolment stands is the host's word, which nothing in the mission's stream contradicts.
        Assert.Equal(member == "enrolled_seq" ? null : seq, report.Divergence?.Seq);
    }

    [Theory]
    [InlineData("module")]
    [InlineData("task")]
    [InlineData("spec")]
    [InlineData("requesters")]
    public async Task A_document_that_says_another_thing_than_is_done_is_found(string member)
    {
        var seq = _mission.SeqOf(EntryKinds.GateOpened);

        var report = await _mission.ReplayAsync(_mission.ForgedPayload(seq, payload => payload[member] = member == "requesters" ? new System.Text.Json.Nodes.JsonArray("k-nobody") : "other"));

        Assert.Equal((seq, "payload"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task A_signature_of_another_decision_is_found()
    {
        // The signed approval says deny now; the host's entry with it.
        var seq = _mission.SeqOf(EntryKinds.GateDecided);

        var report = await _mission.ReplayAsync(_mission.Forged(seq - 1, static body => body["decision"] = "deny"));

        Assert.Equal((seq, "gate", GateCodes.Signature), (report.Divergence?.Seq, report.Divergence?.Field, report.Divergence?.Replayed));
    }

    [Fact]
    public async Task A_time_that_was_not_over_is_found()
    {
        var seq = _mission.SeqOf(EntryKinds.GateExpired);
        var opened = _mission.Honest[(int)_mission.SeqOf(EntryKinds.GateOpened, 2) - 1].Header.TimeUs;

        var report = await _mission.ReplayAsync(_mission.Retimed(seq, opened + 99_999));

        Assert.Equal((seq, "order"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task An_erased_document_is_erased_and_no_divergence()
    {
        var report = await _mission.ReplayAsync(_mission.Erased(_mission.SeqOf(EntryKinds.GateOpened, 1)));

        Assert.Null(report.Divergence);
        Assert.Equal(1, report.Erased);
    }
}
