using System.Text.Json;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;
using Voxeltron.Replay;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Replay;

/// <summary>
/// Goal: every command answers from an export file as from the log, with no state directory and no database. Method: the recorded
/// mission, honest and forged, written to files and the tool's own command line run over them.
/// </summary>
public sealed class ReplayExportTests(RecordedMission mission) : IClassFixture<RecordedMission>, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vxt-export-").FullName;

    private static string Mission => RecordedMission.Mission.ToString();

    [Fact]
    public async Task An_honest_mission_replays_from_a_file_as_from_its_log()
    {
        var there = await mission.ReplayAsync(mission.Honest);
        var here = Json(await RunAsync(0, "run", Mission, "--export", await WriteAsync("honest", mission.Honest), "--json"));

        Assert.True((bool)here["clean"]!);
        Assert.Equal(
            (there.Entries, there.ChainValues, there.Actions, there.Aborts, there.Writes, there.Fuel),
            ((long)here["entries"]!, (long)here["chain_values"]!, (long)here["actions"]!, (long)here["aborts"]!, (long)here["writes"]!, (long)here["fuel"]!));
    }

    [Fact]
    public async Task A_forged_result_is_told_by_member_in_words_and_in_JSON()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var file = await WriteAsync("forged", mission.ForgedPayload(seq, static payload => payload["writes"]![0]!["row"]!["amount"] = 4711));

        var text = await RunAsync(1, "run", Mission, "--export", file);
        Assert.Contains($"DIVERGED at seq {seq} (action), payload, task work/count, cell_", text, StringComparison.Ordinal);
        Assert.Contains("column amount", text, StringComparison.Ordinal);
        Assert.Contains("    recorded: 4711", text, StringComparison.Ordinal);

        var divergence = Json(await RunAsync(1, "run", Mission, "--export", file, "--json"))["divergence"]!;
        Assert.Equal((seq, "payload", "work/count"), ((long)divergence["seq"]!, (string?)divergence["field"], (string?)divergence["task"]));
        var difference = Assert.Single(divergence["differences"]!.AsArray())!;
        Assert.Equal(("item", "amount", "4711"), ((string?)difference["table"], (string?)difference["column"], (string?)difference["recorded"]));

        Assert.Contains("clean: ", await RunAsync(0, "run", Mission, "--export", file, "--until", $"{seq - 1}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_state_as_of_a_seq_is_the_same_folded_and_executed()
    {
        var file = await WriteAsync("honest", mission.Honest);
        foreach (var seq in mission.Honest.Select(static entry => entry.Header.Seq).Where(static seq => seq >= 2))
        {
            var recorded = await RunAsync(0, "at", $"{seq}", Mission, "--export", file, "--json");
            var executed = await RunAsync(0, "at", $"{seq}", Mission, "--export", file, "--json", "--execute");
            Assert.Equal(recorded.Replace("\"source\":\"recorded\"", "\"source\":\"executed\"", StringComparison.Ordinal), executed);
        }

        var lines = (await RunAsync(0, "at", $"{mission.Honest.Count}", Mission, "--export", file, "--json", "--table", "item")).TrimEnd().Split('\n');
        Assert.Equal("failed", (string?)JsonNode.Parse(lines[0])!["status"]);
        Assert.Equal(6, lines.Count(static line => line.StartsWith("{\"task\":", StringComparison.Ordinal)));
        Assert.Contains(lines, static line => line.StartsWith("{\"table\":\"item\",\"row\":{", StringComparison.Ordinal));
        Assert.Contains("table item", await RunAsync(0, "at", $"{mission.Honest.Count}", Mission, "--export", file), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Executing_a_forged_past_is_a_divergence_where_folding_it_is_not()
    {
        var seq = mission.SeqOf(EntryKinds.Action);
        var file = await WriteAsync("forged", mission.ForgedPayload(seq, static payload => payload["writes"] = new JsonArray()));

        await RunAsync(1, "at", $"{seq}", Mission, "--export", file, "--execute");
        await RunAsync(0, "at", $"{seq - 1}", Mission, "--export", file, "--execute");
    }

    [Fact]
    public async Task Two_entries_and_two_files_are_compared()
    {
        var honest = await WriteAsync("honest", mission.Honest);
        var seq = mission.SeqOf(EntryKinds.Action);
        var forged = await WriteAsync("forged", mission.ForgedPayload(seq, static payload => payload["result"] = new JsonObject { ["text"] = "approved" }));

        Assert.Contains("equal: no row", await RunAsync(0, "diff", Mission, $"{Mission}@{mission.Honest.Count}", "--export", honest), StringComparison.Ordinal);
        Assert.Contains("+ item ", await RunAsync(1, "diff", $"{Mission}@{seq - 1}", $"{Mission}@{seq}", "--export", honest), StringComparison.Ordinal);
        Assert.Contains("equal: 6 tasks", await RunAsync(0, "diff", Mission, Mission, "--export", honest, "--export-b", honest), StringComparison.Ordinal);
        var text = await RunAsync(1, "diff", Mission, Mission, "--export", honest, "--export-b", forged);
        Assert.Contains("first: task work/count", text, StringComparison.Ordinal);
        Assert.Contains("    b: \"approved\"", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seq_not_found", "at", "999", "MISSION")]
    [InlineData("mission_not_begun", "at", "1", "MISSION")]
    [InlineData("table_not_found", "at", "5", "MISSION", "--table", "nothing")]
    [InlineData("usage", "at", "5")]
    [InlineData("usage", "at", "0", "MISSION")]
    [InlineData("usage", "at", "x", "MISSION")]
    [InlineData("usage", "at", "5", "MISSION", "--cell", "cell_00000000000000000000000000000001")]
    [InlineData("seq_not_found", "run", "MISSION", "--until", "999")]
    [InlineData("usage", "run", "MISSION", "--from-snapshot")]
    [InlineData("usage", "run", "MISSION", "--until", "-1")]
    [InlineData("usage", "run", "MISSION", "--cell", "x")]
    [InlineData("usage", "run", "MISSION", "--until", "5", "--until", "6")]
    [InlineData("cell_not_found", "run", "MISSION", "--cell", "cell_00000000000000000000000000000001")]
    [InlineData("mission_not_found", "run", "mission_00000000000000000000000000000009")]
    [InlineData("usage", "diff", "MISSION")]
    [InlineData("usage", "diff", "MISSION", "MISSION@")]
    [InlineData("seq_not_found", "diff", "MISSION@5", "MISSION@999")]
    [InlineData("mission_not_found", "diff", "MISSION", "mission_00000000000000000000000000000009")]
    [InlineData("export_unreadable", "diff", "MISSION", "MISSION", "--export-b", "/nonexistent")]
    [InlineData("usage", "verify", "--mission", "MISSION")]
    public async Task What_cannot_be_answered_is_named(string code, params string[] words)
    {
        var file = await WriteAsync("honest", mission.Honest);
        var fault = await Assert.ThrowsAnyAsync<VoxeltronException>(() => CallAsync([.. words.Select(static word => word.Replace("MISSION", Mission, StringComparison.Ordinal)), "--export", file]));
        Assert.Equal(code, fault.FaultCode);
    }

    [Fact]
    public async Task Verify_needs_the_root_key_from_elsewhere_and_finds_what_is_not_sealed()
    {
        var file = await WriteAsync("honest", mission.Honest);
        var key = Path.Combine(_folder, "root.pub");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new TestKeys().Root.PublicKey));

        Assert.Contains("NOT CLEAN", await RunAsync(1, "verify", "--export", file, "--root-key", key), StringComparison.Ordinal);

        var sample = Path.Combine(_folder, "sample.zip");
        await File.WriteAllBytesAsync(sample, await ExportFile.WriteAsync(SampleLog.Build().Log));
        Assert.Contains("clean: every entry", await RunAsync(0, "verify", "--export", sample, "--root-key", key), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(sample, await ExportFile.WriteAsync(SampleLog.Build().Log, new ExportScope(SampleLog.Tenant, null)));
        Assert.Contains("PARTIAL: this export holds tenant clinic", await RunAsync(0, "verify", "--export", sample, "--root-key", key), StringComparison.Ordinal);
        Assert.True((bool)Json(await RunAsync(0, "verify", "--export", sample, "--root-key", key, "--json"))["partial"]!);

        var changed = await ExportFile.OfAsync(SampleLog.Build().Log);
        changed.ReplaceManifest(static json => json["members"]![0]!["sha256"] = new string('0', 64));
        await File.WriteAllBytesAsync(sample, changed.Zip());
        Assert.Contains("FINDING export_mismatch", await RunAsync(1, "verify", "--export", sample, "--root-key", key), StringComparison.Ordinal);
    }

    // Once the random one below met it, and the test itself broke: a name that is null.
    [Fact]
    public async Task A_name_that_is_null_is_refused_or_found()
    {
        var input = mission.Honest.First(static entry => entry.Header.Kind == EntryKinds.InputSubmitted).Header.Seq;
        var file = await WriteAsync("null", mission.Forged(input, static body => body["item"] = null));
        foreach (var words in (string[][])[["run", Mission], ["at", $"{mission.Honest.Count}", Mission]])
        {
            try
            {
                var (code, text) = await CallAsync([.. words, "--export", file]);
                Assert.True(code == 1, text);
            }
            catch (VoxeltronException refused)
            {
                Assert.NotEqual("usage", refused.FaultCode);
            }
        }
    }

    // Entries a forger chained anew, at random: whatever they say, the tool answers or refuses by name, and never breaks.
    [Fact]
    public async Task Entries_nobody_honest_wrote_never_break_the_tool()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        JsonNode?[] values = [null, 1, -1, long.MaxValue, "", "x", new string('y', 70_000), new JsonArray(), new JsonObject(), true];
        for (var i = 0; i < 60; i++)
        {
            var seq = random.NextInt64(1, mission.Honest.Count + 1);
            var what = "";
            var forged = mission.Forged(seq, body =>
            {
                var member = body.ElementAt(random.Next(body.Count)).Key;
                var value = values[random.Next(values.Length)]?.DeepClone();
                what = $"seq {seq} {member} = {(value?.ToJsonString() is { Length: > 40 } text ? text[..40] : value?.ToJsonString())}";
                body[member] = value;
            });
            var file = await WriteAsync("random", forged);
            foreach (var words in (string[][])[["run", Mission], ["at", $"{mission.Honest.Count}", Mission], ["diff", Mission, Mission, "--export-b", file]])
            {
                try
                {
                    var (code, _) = await CallAsync([.. words, "--export", file]);
                    Assert.InRange(code, 0, 1);
                }
                catch (VoxeltronException)
                {
                    // Refused by name.
                }
                catch (Exception fault)
                {
                    Assert.Fail($"seed {seed}, {words[0]}, {what}: {fault}");
                }
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> WriteAsync(string name, IEnumerable<Entry> entries)
    {
        var path = Path.Combine(_folder, name + ".zip");
        await File.WriteAllBytesAsync(path, await ExportFile.WriteAsync(RecordedMission.LogOf(entries)));
        return path;
    }

    private static async Task<string> RunAsync(int expected, params string[] words)
    {
        var (code, text) = await CallAsync(words);
        Assert.True(code == expected, $"exit code {code}\n{text}");
        return text;
    }

    private static async Task<(int Code, string Text)> CallAsync(string[] words)
    {
        await using var output = new StringWriter();
        return (await ReplayCommands.RunAsync(words, output, TextWriter.Null, CancellationToken.None), output.ToString());
    }

    private static JsonNode Json(string text) => JsonNode.Parse(text) ?? throw new JsonException(text);
}
