using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>Goal: two runs are compared task by task and the first difference comes first. Method: the recorded mission against copies with one thing changed.</summary>
public sealed class RunDifferenceTests(RecordedMission mission) : IClassFixture<RecordedMission>
{
    [Fact]
    public async Task A_run_equals_itself()
    {
        var difference = await AgainstAsync(mission.Honest);

        Assert.Empty(difference.Tasks);
        Assert.Equal(6, difference.EqualTasks);
        Assert.True(difference.FuelCompared);
        Assert.False(difference.SpecsDiffer);
    }

    [Theory]
    [InlineData("result")]
    [InlineData("writes")]
    [InlineData("emits")]
    public async Task A_part_of_an_action_that_differs_is_named(string part)
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var task = Assert.Single((await AgainstAsync(mission.ForgedPayload(seq, payload => payload[part] = new JsonArray(7)))).Tasks);

        Assert.Equal((part, seq), (Assert.Single(task.Fields).Field, task.LeftAction?.Seq));
    }

    [Fact]
    public async Task Fuel_outcome_and_code_are_named()
    {
        var fuel = await AgainstAsync(mission.Forged(mission.SeqOf(EntryKinds.Action), static body => body["fuel"] = 1));
        Assert.Equal(("fuel", "1"), Assert.Single(Assert.Single(fuel.Tasks).Fields) is var f ? (f.Field, f.Right) : default);

        var refused = mission.Honest.First(static entry => entry.Header.Kind == EntryKinds.Action && entry.Body.ToString().Contains("refused", StringComparison.Ordinal)).Header.Seq;
        var outcome = await AgainstAsync(mission.Forged(refused, static body => (body["outcome"], body["code"]) = ("completed", "other")));
        Assert.Equal(["outcome", "code"], Assert.Single(outcome.Tasks).Fields.Select(static field => field.Field));
    }

    [Fact]
    public async Task Fuel_of_two_engines_is_not_compared()
    {
        var boot = mission.SeqOf(EntryKinds.CellBooted);
        var forged = mission.Forged(boot, static body => body["fingerprint"] = "another");
        var action = mission.SeqOf(EntryKinds.Action);
        forged[(int)action - 1] = mission.Forged(action, static body => body["fuel"] = 1)[(int)action - 1];

        var difference = await AgainstAsync(forged);

        Assert.Empty(difference.Tasks);
        Assert.False(difference.FuelCompared);
    }

    [Fact]
    public async Task Another_input_is_named()
    {
        var seq = (int)mission.SeqOf(EntryKinds.InputSubmitted);
        var other = mission.Honest.ToList();
        other[seq - 1] = other[seq - 1] with { Payload = "something else"u8.ToArray() };

        Assert.Equal("input", Assert.Single(Assert.Single((await AgainstAsync(other)).Tasks).Fields).Field);
    }

    [Fact]
    public async Task Tasks_only_one_run_has_are_named_and_the_first_difference_is_first()
    {
        var action = mission.SeqOf(EntryKinds.Action);
        var difference = await AgainstAsync(mission.Honest.Where(entry => entry.Header.Seq <= action));

        Assert.Equal(5, difference.Tasks.Count);
        Assert.Equal(1, difference.EqualTasks);
        Assert.Equal(difference.Tasks.OrderBy(static task => task.Left!.Seq).Select(static task => task.Key), difference.Tasks.Select(static task => task.Key));
    }

    [Fact]
    public async Task Erased_parts_are_counted_and_not_called_different()
    {
        var erased = mission.Erased(mission.SeqOf(EntryKinds.Action));
        Assert.Empty((await AgainstAsync(erased)).Tasks);
        Assert.Equal(1, (await ReadAsync(erased)).Erased);
    }

    [Fact]
    public async Task Text_and_JSON_say_the_same_and_JSON_sums_up_in_its_last_line()
    {
        var forged = mission.ForgedPayload(mission.SeqOf(EntryKinds.Action), static payload => payload["result"] = new JsonObject { ["text"] = "approved" });
        var (a, b) = (await ReadAsync(mission.Honest), await ReadAsync(forged));
        await using var text = new StringWriter();
        await new RunDifferenceText(text).WriteAsync("a", a, "b", b, RunDifference.Of(a, b), [new ValueDifference("result.text", "\"\"", "\"approved\"")], json: false);
        await using var json = new StringWriter();
        await new RunDifferenceText(json).WriteAsync("a", a, "b", b, RunDifference.Of(a, b), [], json: true);

        Assert.Contains("first: task work/count", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("    b: \"approved\"", text.ToString(), StringComparison.Ordinal);
        var summary = JsonNode.Parse(json.ToString().TrimEnd().Split('\n')[^1])!;
        Assert.Equal((false, 1, "work/count"), ((bool)summary["equal"]!, (int)summary["tasks_different"]!, (string?)summary["first"]));
    }

    private async Task<RunDifference> AgainstAsync(IEnumerable<Entry> right) => RunDifference.Of(await ReadAsync(mission.Honest), await ReadAsync(right));

    private static Task<MissionRuns> ReadAsync(IEnumerable<Entry> entries) =>
        MissionRuns.ReadAsync(RecordedMission.Stream(entries), RecordedMission.Tenant, RecordedMission.Mission, until: null, CancellationToken.None);
}
