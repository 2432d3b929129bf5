using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a mission's state as of any entry, and what changed between two of them. Method: the recorded mission folded to every
/// seq; what was erased, changed or never there is refused by name.
/// </summary>
public sealed class StateAtTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    private long LastSeq => mission.Honest[^1].Header.Seq;

    [Fact]
    public async Task The_root_at_the_end_is_the_one_the_mission_ended_with()
    {
        var end = await FoldAsync(mission.Honest, until: null);

        Assert.Contains($"\"state_root\":\"{end.Root}\"", mission.Honest[^1].Body.ToString(), StringComparison.Ordinal);
        Assert.Equal((LastSeq, EntryKinds.MissionCompleted), (end.Seq, end.Kind));
    }

    [Fact]
    public async Task A_row_is_there_from_the_action_that_wrote_it_on()
    {
        var seq = mission.Honest.First(static entry => entry.Header.Kind == EntryKinds.Action && entry.Body.ToString().Contains("\"writes\":1", StringComparison.Ordinal)).Header.Seq;
        var (before, after) = (await FoldAsync(mission.Honest, seq - 1), await FoldAsync(mission.Honest, seq));

        Assert.Empty(before.Rows(before.State.Tables[0]));
        var row = Assert.Single(after.Rows(after.State.Tables[0]));
        var difference = StateDifference.Of(before, after);
        Assert.Equal((row, "added"), Assert.Single(difference.Rows) is var added ? (added.After, added.Change) : default);
        Assert.Equal(["again/count waiting ready", "work/count running completed"], difference.Tasks.Select(static task => $"{task.TaskKey} {task.Before?.Status} {task.After?.Status}"));
        Assert.Equal("removed", Assert.Single(StateDifference.Of(after, before).Rows).Change);
        Assert.True(StateDifference.Of(after, await FoldAsync(mission.Honest, seq)).Equal);
    }

    [Fact]
    public async Task A_changed_row_is_told_by_its_columns()
    {
        var seq = mission.Honest.First(static entry => entry.Header.Kind == EntryKinds.Action && entry.Body.ToString().Contains("\"writes\":1", StringComparison.Ordinal)).Header.Seq;
        var forged = mission.ForgedPayload(seq, static payload => payload["writes"]![0]!["row"]!["amount"] = 4711);
        var (honest, changed) = (await FoldAsync(mission.Honest, seq), await FoldAsync(forged, seq));

        var row = Assert.Single(StateDifference.Of(honest, changed).Rows);

        Assert.Equal("changed", row.Change);
        Assert.Equal(("amount", "4711"), Assert.Single(row.Columns()) is var column ? (column.Column, column.After) : default);
    }

    [Theory]
    [InlineData("mission_not_begun", 1)]
    [InlineData("seq_not_found", 9999)]
    public async Task A_seq_before_the_spec_or_beyond_the_end_is_refused_by_name(string code, long seq) =>
        Assert.Equal(code, await RefusalAsync(mission.Honest, seq));

    [Fact]
    public async Task No_mission_is_refused_by_name() => Assert.Equal("mission_not_found", await RefusalAsync([], null));

    [Fact]
    public async Task Changed_bytes_are_refused_before_they_become_state()
    {
        var seq = (int)mission.SeqOf(EntryKinds.Action);
        var payload = mission.Honest.ToList();
        payload[seq - 1] = payload[seq - 1] with { Payload = """{"writes":[]}"""u8.ToArray() };
        Assert.Equal("log_damaged", await RefusalAsync(payload, null));

        var body = mission.Honest.ToList();
        body[seq - 1] = body[seq - 1] with { Body = body[seq - 1].Body.ToString().Replace("\"attempt\":1", "\"attempt\":2", StringComparison.Ordinal) };
        Assert.Equal("log_damaged", await RefusalAsync(body, null));

        // A member no state is made of: only the chain tells.
        body[seq - 1] = mission.Honest[seq - 1] with { Body = mission.Honest[seq - 1].Body.ToString().Replace("\"fuel\":", "\"fuel\":1", StringComparison.Ordinal) };
        Assert.Equal("log_damaged", await RefusalAsync(body, null));

        // Chained anew by a forger, but not what can follow.
        Assert.Equal("log_damaged", await RefusalAsync(mission.Forged(seq, static json => json["attempt"] = 2), null));
        Assert.Equal("log_damaged", await RefusalAsync(mission.ForgedPayload(seq, static json => json["writes"] = new JsonArray(1)), null));
        Assert.Equal("log_damaged", await RefusalAsync(mission.Forged(seq, static json => json.Remove("task")), null));
    }

    [Theory]
    [InlineData(EntryKinds.Action)]
    [InlineData(EntryKinds.CellBooted)]
    [InlineData(EntryKinds.MissionSubmitted)]
    public async Task What_was_erased_is_called_erased(string kind)
    {
        var seq = mission.SeqOf(kind);
        Assert.Equal("payload_erased", await RefusalAsync(mission.Erased(seq), null));
        if (kind != EntryKinds.MissionSubmitted)
        {
            Assert.Equal(seq - 1, (await FoldAsync(mission.Erased(seq), seq - 1)).Seq);
        }
    }

    [Fact]
    public async Task An_erased_input_changes_no_state() =>
        Assert.Equal(
            (await FoldAsync(mission.Honest, null)).Root,
            (await FoldAsync(mission.Erased(mission.SeqOf(EntryKinds.InputSubmitted)), null)).Root);

    private static Task<StateAt> FoldAsync(IEnumerable<Entry> entries, long? until) =>
        StateAt.FoldAsync(RecordedMission.Stream(entries), RecordedMission.Tenant, RecordedMission.Mission, until, CancellationToken.None);

    private static async Task<string> RefusalAsync(IEnumerable<Entry> entries, long? until) =>
        (await Assert.ThrowsAnyAsync<VoxeltronException>(() => FoldAsync(entries, until))).FaultCode;
}
