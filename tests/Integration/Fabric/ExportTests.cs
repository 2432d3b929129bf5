using System.Text.Json;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: an auditor with an export, the root key and the tool needs nothing else: no database, no network, no word of ours.
/// Method: a real fabric's missions exported by the API's client and by the tool, then the tool run where there is no network.
/// </summary>
public sealed class ExportTests(ExportFixture fixture) : IClassFixture<ExportFixture>
{
    private string Mission => fixture.Mission.ToString();

    [Fact]
    public async Task Every_export_verifies_and_replays_where_there_is_no_network()
    {
        foreach (var (name, partial) in ((string, bool)[])[("whole.zip", false), ("tenant.zip", true), ("mission.zip", true), ("part.zip", true)])
        {
            var verify = Json(await OfflineAsync("verify", "--export", name, "--root-key", "root.pub", "--json"), expected: 0);
            Assert.True(verify.GetProperty("clean").GetBoolean(), name);
            Assert.Equal(partial, verify.GetProperty("partial").GetBoolean());
            var there = await OfflineAsync("verify", "--export", name, "--root-key", "root.pub");
            Assert.Equal(partial, there.Lines.Any(static line => line.StartsWith("PARTIAL: ", StringComparison.Ordinal)));

            var run = Json(await OfflineAsync("run", Mission, "--export", name, "--json"), expected: 0);
            Assert.True(run.GetProperty("clean").GetBoolean() && run.GetProperty("fuel_compared").GetBoolean(), name);
        }
    }

    [Fact]
    public async Task The_whole_export_says_what_the_database_says()
    {
        var (there, here) = (Json(await fixture.Fabric.ReplayAsync(["verify", "--json"]), expected: 0), Json(await OfflineAsync("verify", "--export", "whole.zip", "--root-key", "root.pub", "--json"), expected: 0));

        // The fabric went on after it was exported: keys, epochs and checkpoints may have come, nothing can have gone.
        foreach (var count in (string[])["entries", "streams", "commits", "seals"])
        {
            Assert.InRange(here.GetProperty(count).GetInt64(), 1, there.GetProperty(count).GetInt64());
        }

        var (database, file) = (Json(await fixture.Fabric.ReplayAsync(["run", Mission, "--json"]), expected: 0), Json(await OfflineAsync("run", Mission, "--export", "whole.zip", "--json"), expected: 0));
        foreach (var figure in (string[])["entries", "chain_values", "boots", "actions", "aborts", "writes", "fuel"])
        {
            Assert.Equal(database.GetProperty(figure).GetInt64(), file.GetProperty(figure).GetInt64());
        }
    }

    [Fact]
    public async Task Without_a_file_the_tool_has_nowhere_to_go()
    {
        var run = await OfflineAsync("run", Mission);
        Assert.True(run.ExitCode == 2 && run.Lines.Any(static line => line.Contains("state_not_named", StringComparison.Ordinal)), Text(run));
        var verify = await OfflineAsync("verify", "--export", "whole.zip");
        Assert.True(verify.ExitCode == 2 && verify.Lines.Any(static line => line.Contains("--root-key", StringComparison.Ordinal)), Text(verify));
    }

    [Fact]
    public async Task A_checkpoint_kept_elsewhere_is_compared_with_the_file()
    {
        File.Copy(fixture.Fabric.State.Paths.Checkpoint, fixture.File("checkpoint.txt"), overwrite: true);
        var verify = await OfflineAsync("verify", "--export", "whole.zip", "--root-key", "root.pub", "--checkpoint", "checkpoint.txt");

        // Written after the export, so the export may be shorter than what it saw; never other.
        Assert.True(verify.ExitCode == 0 || verify.Lines.Count(static line => line.StartsWith("FINDING ", StringComparison.Ordinal)) == 1
            && verify.Lines.Any(static line => line.StartsWith("FINDING shorter_than_external_checkpoint", StringComparison.Ordinal)), Text(verify));
    }

    [Fact]
    public async Task The_past_and_what_became_of_it()
    {
        var last = Json(await OfflineAsync("run", Mission, "--export", "whole.zip", "--json"), expected: 0).GetProperty("entries").GetInt64();
        var recorded = await OfflineAsync("at", $"{last}", Mission, "--export", "mission.zip", "--json");
        var executed = await OfflineAsync("at", $"{last}", Mission, "--export", "mission.zip", "--json", "--execute");
        Assert.True(recorded.ExitCode == 0 && executed.ExitCode == 0, Text(recorded) + Text(executed));
        Assert.Equal(recorded.Lines.Skip(1), executed.Lines.Skip(1));
        Assert.Equal(recorded.Lines[0].Replace("\"recorded\"", "\"executed\"", StringComparison.Ordinal), executed.Lines[0]);
        var root = await fixture.Fabric.RowsAsync($"select body::jsonb ->> 'state_root' from journal.entry where stream_id = '{fixture.Mission.Value}' and kind = 'mission.completed'");
        Assert.Contains(root.Single(), recorded.Lines[0], StringComparison.Ordinal);

        var same = await OfflineAsync("diff", Mission, $"{Mission}@{last}", "--export", "whole.zip");
        Assert.True(same.ExitCode == 0, Text(same));
        var earlier = await OfflineAsync("diff", $"{Mission}@{last / 2}", Mission, "--export", "whole.zip");
        Assert.True(earlier.ExitCode == 1 && earlier.Lines[^1].StartsWith("different: ", StringComparison.Ordinal), Text(earlier));
        var database = await fixture.Fabric.ReplayAsync(["at", $"{last}", Mission, "--json"]);
        Assert.Equal(recorded.Lines, database.Lines);
    }

    [Fact]
    public async Task Two_missions_differ_in_the_task_that_had_another_input()
    {
        var diff = await OfflineAsync("diff", Mission, fixture.Other.ToString(), "--export", "tenant.zip", "--json");
        Assert.True(diff.ExitCode == 1, Text(diff));
        using var first = JsonDocument.Parse(diff.Lines[0]);
        Assert.Equal("work/good", first.RootElement.GetProperty("task").GetString());
        Assert.Equal("input", first.RootElement.GetProperty("fields")[0].GetProperty("field").GetString());
        using var summary = JsonDocument.Parse(diff.Lines[^1]);
        Assert.Equal(1, summary.RootElement.GetProperty("tasks_different").GetInt32());
        Assert.True(summary.RootElement.GetProperty("same_spec").GetBoolean());
    }

    [Fact]
    public async Task What_is_different_is_the_same_in_the_database()
    {
        var last = Json(await fixture.Fabric.ReplayAsync(["run", Mission, "--json"]), expected: 0).GetProperty("entries").GetInt64();
        foreach (var (code, words) in ((int, string[])[])
            [(0, [Mission, $"{Mission}@{last}"]), (1, [$"{Mission}@{last / 2}", Mission]), (1, [Mission, fixture.Other.ToString()]), (1, [Mission, fixture.Other.ToString(), "--json"])])
        {
            var file = await OfflineAsync(["diff", .. words, "--export", "whole.zip"]);
            var database = await fixture.Fabric.ReplayAsync(["diff", .. words]);
            Assert.True(code == file.ExitCode && code == database.ExitCode, Text(file) + Text(database));
            Assert.Equal(file.Lines, database.Lines);
        }

        // One side from each: what was handed to the auditor is what stands there.
        var across = await fixture.Fabric.ReplayAsync(["diff", Mission, Mission, "--export-b", fixture.File("whole.zip")]);
        Assert.True(across.ExitCode == 0 && across.Lines[^1].StartsWith("equal: ", StringComparison.Ordinal), Text(across));
    }

    [Fact]
    public async Task An_export_holds_no_snapshot_to_begin_from()
    {
        var run = await OfflineAsync("run", Mission, "--from-snapshot", "--export", "whole.zip");
        Assert.True(run.ExitCode == 2 && run.Lines.Any(static line => line.StartsWith("voxeltron: usage: --from-snapshot reads the database", StringComparison.Ordinal)), Text(run));
    }

    [Fact]
    public async Task One_changed_row_is_a_finding_and_a_divergence_and_half_a_file_is_no_answer()
    {
        var file = ExportFile.Unzip(await File.ReadAllBytesAsync(fixture.File("whole.zip")));
        file.Replace($"streams/demo/{fixture.Mission.Hex}/entries.jsonl", static text => text.Replace("\\\"fuel\\\":", "\\\"fuel\\\":1", StringComparison.Ordinal));
        await File.WriteAllBytesAsync(fixture.File("changed.zip"), file.Zip());
        var verify = await OfflineAsync("verify", "--export", "changed.zip", "--root-key", "root.pub");
        Assert.True(verify.ExitCode == 1 && verify.Lines.Any(static line => line.StartsWith("FINDING export_mismatch", StringComparison.Ordinal))
            && verify.Lines.Any(static line => line.StartsWith("FINDING chain_broken", StringComparison.Ordinal)), Text(verify));
        var run = await OfflineAsync("run", Mission, "--export", "changed.zip");
        Assert.True(run.ExitCode == 1 && run.Lines.Any(static line => line.StartsWith("DIVERGED at seq ", StringComparison.Ordinal)), Text(run));

        var whole = await File.ReadAllBytesAsync(fixture.File("whole.zip"));
        await File.WriteAllBytesAsync(fixture.File("half.zip"), whole[..(whole.Length / 2)]);
        var half = await OfflineAsync("verify", "--export", "half.zip", "--root-key", "root.pub");
        Assert.True(half.ExitCode == 2 && half.Lines.Any(static line => line.StartsWith("voxeltron: export_malformed: ", StringComparison.Ordinal)), Text(half));
    }

    // The runtime's own diagnostics would open a local one; docs/replay.md tells how to do without.
    [StraceFact]
    public async Task The_tool_asks_the_kernel_for_no_socket()
    {
        foreach (var words in (string[][])[["verify", "--export", "whole.zip", "--root-key", "root.pub"], ["run", Mission, "--export", "whole.zip"]])
        {
            var trace = fixture.File("trace.txt");
            var run = await Offline.TracedAsync(fixture.Folder, trace, words);
            Assert.True(run.ExitCode == 0, Text(run));
            var calls = await File.ReadAllLinesAsync(trace);
            Assert.Contains(calls, static call => call.Contains("exited with 0", StringComparison.Ordinal));
            Assert.DoesNotContain(calls, static call => call.Contains("socket(", StringComparison.Ordinal) || call.Contains("connect(", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_network_was_really_gone_where_the_kernel_lets_us_take_it() =>
        Assert.True(Offline.HasNoNetwork || !Environment.IsPrivilegedProcess, "root can always make a network namespace");

    private Task<(int ExitCode, IReadOnlyList<string> Lines)> OfflineAsync(params string[] words) => Offline.ReplayAsync(fixture.Folder, words);

    private static JsonElement Json((int ExitCode, IReadOnlyList<string> Lines) run, int expected)
    {
        Assert.True(run.ExitCode == expected, Text(run));
        using var json = JsonDocument.Parse(Assert.Single(run.Lines));
        return json.RootElement.Clone();
    }

    private static string Text((int ExitCode, IReadOnlyList<string> Lines) run) => $"exit code {run.ExitCode}\n{string.Join('\n', run.Lines)}";
}
