using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: a host that holds every key and writes down what did not happen is found out. Method: one entry of an honest
/// mission changed, every chain value after it computed anew; replay must name the entry and the field.
/// </summary>
public sealed class ReplayForgeryTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    [Fact]
    public async Task An_honest_mission_replays_clean()
    {
        var report = await mission.ReplayAsync(mission.Honest);

        Assert.Null(report.Divergence);
        Assert.Equal((mission.Honest.Count, 3, 2, 0), (report.Entries, report.Actions, report.Aborts, report.Erased));
        Assert.Null(report.ErasedFrom);
        Assert.Equal("clean: every action came out as recorded, bit for bit.", report.Verdict());
    }

    [Theory]
    [InlineData(EntryKinds.CellBooted, "module")]
    [InlineData(EntryKinds.CellBooted, "profile")]
    [InlineData(EntryKinds.CellBooted, "cell")]
    [InlineData(EntryKinds.CellBooted, "attempt")]
    [InlineData(EntryKinds.CellBooted, "reason")]
    [InlineData(EntryKinds.CellBooted, "fuel", "body")]
    [InlineData(EntryKinds.TaskDispatched, "input")]
    [InlineData(EntryKinds.Action, "input")]
    [InlineData(EntryKinds.Action, "cell")]
    [InlineData(EntryKinds.Action, "task")]
    [InlineData(EntryKinds.Action, "attempt")]
    [InlineData(EntryKinds.Action, "fuel", "body")]
    [InlineData(EntryKinds.Action, "writes", "body")]
    [InlineData(EntryKinds.Action, "outcome", "body")]
    [InlineData(EntryKinds.ActionAborted, "cell")]
    [InlineData(EntryKinds.ActionAborted, "code", "body")]
    [InlineData(EntryKinds.ActionAborted, "fuel", "body")]
    [InlineData(EntryKinds.CellStopped, "reason", "body")]
    [InlineData(EntryKinds.MissionCompleted, "status")]
    [InlineData(EntryKinds.MissionCompleted, "state_root", "body")]
    [InlineData(EntryKinds.SnapshotTaken, "root", "body")]
    [InlineData(EntryKinds.SnapshotTaken, "state_root", "body")]
    [InlineData(EntryKinds.SnapshotTaken, "size", "body")]
    public async Task A_forged_field_is_named(string kind, string member, string? field = null)
    {
        var seq = mission.SeqOf(kind);

        var report = await mission.ReplayAsync(mission.Forged(seq, body => body[member] = Other(member)));

        Assert.Equal((seq, field ?? member), (report.Divergence?.Seq, report.Divergence?.Field));
        Assert.StartsWith($"DIVERGED at seq {seq}", report.Verdict(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("result")]
    [InlineData("writes")]
    public async Task A_forged_effect_is_found_in_its_payload(string member)
    {
        var seq = mission.SeqOf(EntryKinds.Action);

        var report = await mission.ReplayAsync(mission.ForgedPayload(
            seq, payload => payload[member] = member == "writes" ? new JsonArray() : new JsonObject { ["text"] = "approved" }));

        Assert.Equal((seq, "payload"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Theory]
    [InlineData(EntryKinds.Action, "\"fuel\":", "\"fuel\":1")]
    [InlineData(EntryKinds.CellBooted, "\"writes\":0", "\"writes\":7")]
    [InlineData(EntryKinds.MissionCompleted, "\"counts\":", "\"count\":")]
    public async Task A_text_changed_after_it_was_chained_is_not_what_was_recorded(string kind, string from, string to)
    {
        var seq = mission.SeqOf(kind);
        var changed = mission.Honest.ToList();
        changed[(int)seq - 1] = changed[(int)seq - 1] with { Body = changed[(int)seq - 1].Body.ToString().Replace(from, to, StringComparison.Ordinal) };

        var report = await mission.ReplayAsync(changed);

        Assert.Equal((seq, "body"), (report.Divergence?.Seq, report.Divergence?.Field));
    }

    [Fact]
    public async Task An_action_without_a_boot_is_no_erasure()
    {
        var boot = mission.SeqOf(EntryKinds.CellBooted);

        var report = await mission.ReplayAsync(mission.Honest.Where(entry => entry.Header.Seq != boot));

        Assert.Equal("cell", report.Divergence?.Field);
        Assert.Equal(0, report.Erased);
    }

    private static JsonNode Other(string member) => member switch
    {
        "module" => RecordedMission.EchoDigest.Value,
        "profile" => "wide",
        "cell" => new CellId(TestKeys.Id(77)).ToString(),
        "attempt" => 2,
        "reason" => "resume",
        "input" => new JsonObject { ["kind"] = "item", ["seq"] = 999 },
        "task" => "work/fail",
        "fuel" or "writes" => 12345,
        "outcome" => "returned",
        "code" => "trap_integer_divide_by_zero",
        "status" => "completed",
        "state_root" or "root" => new string('0', 64),
        "size" => 7,
        _ => throw new ArgumentOutOfRangeException(nameof(member), member, "No forgery for it."),
    };
}
