using System.Text.Json;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a part of a mission can be executed alone, and the report never takes the part for the whole. Method: an honest
/// mission and forged ones, up to a seq or for one cell; a forgery inside the part is found, one outside it is not, and said.
/// </summary>
public sealed class ReplayScopeTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    private long LastSeq => mission.Honest[^1].Header.Seq;

    [Fact]
    public async Task Every_seq_can_be_the_last()
    {
        for (var seq = 1L; seq <= LastSeq; seq++)
        {
            var report = await mission.ReplayAsync(mission.Honest, until: seq);

            Assert.Null(report.Divergence);
            Assert.Equal((seq, seq, seq), (report.Entries, report.ChainValues, report.Until));
            Assert.EndsWith($"Nothing after seq {seq} was looked at.", report.Verdict(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_forgery_is_found_from_its_own_seq_on_and_not_before()
    {
        var seq = mission.SeqOf(EntryKinds.Action, 1);
        var forged = mission.Forged(seq, static body => body["fuel"] = 1);

        Assert.True((await mission.ReplayAsync(forged, until: seq - 1)).Clean);
        Assert.Equal(seq, (await mission.ReplayAsync(forged, until: seq)).Divergence?.Seq);
    }

    [Fact]
    public async Task A_seq_beyond_the_end_is_refused_by_name()
    {
        var fault = await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(mission.Honest, until: LastSeq + 1));
        Assert.Equal("seq_not_found", fault.FaultCode);
    }

    [Fact]
    public async Task One_cell_alone_is_executed_and_the_others_are_taken_from_the_record()
    {
        foreach (var boot in mission.Honest.Where(static entry => entry.Header.Kind == EntryKinds.CellBooted))
        {
            var report = await mission.ReplayAsync(mission.Honest, cell: CellOf(boot.Body.ToString()));

            Assert.Null(report.Divergence);
            Assert.Equal((1, 1), (report.Boots, report.Actions + report.Aborts));
            // Four other cells: boot, event and stop of each.
            Assert.Equal(4 * 3, report.Applied);
            Assert.Equal(LastSeq, report.ChainValues);
            Assert.Contains("12 entries of other cells were not executed", report.Verdict(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_forged_effect_is_found_only_when_its_cell_is_executed()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var forged = mission.ForgedPayload(seq, static payload => payload["result"] = new JsonObject { ["text"] = "approved" });
        var guilty = CellOf(forged[(int)seq - 1].Body.ToString());
        var other = CellOf(mission.Honest.Last(static entry => entry.Header.Kind == EntryKinds.ActionAborted).Body.ToString());

        Assert.Equal((seq, guilty.ToString()), ((await mission.ReplayAsync(forged, cell: guilty)).Divergence is { } d ? (d.Seq, d.Cell) : default));
        Assert.True((await mission.ReplayAsync(forged, cell: other)).Clean);
    }

    [Fact]
    public async Task Recorded_writes_that_are_not_what_the_body_commits_to_are_not_applied()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var forged = mission.Honest.ToList();
        forged[(int)seq - 1] = forged[(int)seq - 1] with { Payload = """{"emits":[],"logs":[],"result":{"text":""},"writes":[]}"""u8.ToArray() };
        var other = CellOf(mission.Honest.Last(static entry => entry.Header.Kind == EntryKinds.CellBooted).Body.ToString());

        var report = await mission.ReplayAsync(forged, cell: other);

        Assert.Equal((seq, "payload"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task Erased_writes_of_another_cell_end_the_proof()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var other = CellOf(mission.Honest.Last(static entry => entry.Header.Kind == EntryKinds.CellBooted).Body.ToString());

        var report = await mission.ReplayAsync(mission.Erased(seq), cell: other);

        Assert.Null(report.Divergence);
        Assert.Equal(seq, report.ErasedFrom);
    }

    [Fact]
    public async Task A_cell_that_never_was_is_refused_by_name()
    {
        var fault = await Assert.ThrowsAsync<VoxeltronException>(() => mission.ReplayAsync(mission.Honest, cell: new CellId(Guid.Empty)));
        Assert.Equal("cell_not_found", fault.FaultCode);
    }

    private static CellId CellOf(string body)
    {
        using var document = JsonDocument.Parse(body);
        return CellId.TryParse(document.RootElement.GetProperty("cell").GetString(), out var cell) ? cell : throw new InvalidOperationException(body);
    }
}
