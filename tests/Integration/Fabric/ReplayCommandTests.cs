using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: what an auditor's script sees of voxeltron-replay: 0 clean, 1 a finding, 2 no answer. Method: the program itself, as a
/// process, over a real fabric's log at rest and over a copy that was tampered with.
/// </summary>
public sealed class ReplayCommandTests(TamperFixture fixture) : IClassFixture<TamperFixture>
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    private string Mission => fixture.Mission.ToString();

    [Fact]
    public async Task A_clean_log_is_exit_code_0_in_words_and_in_JSON()
    {
        var verify = await _fabric.ReplayAsync(["verify"]);
        Assert.True(verify.ExitCode == 0 && verify.Lines[^1].StartsWith("clean: ", StringComparison.Ordinal), Text(verify));
        var run = await _fabric.ReplayAsync(["run", Mission]);
        Assert.True(run.ExitCode == 0 && run.Lines[^1].StartsWith("clean: ", StringComparison.Ordinal), Text(run));

        var report = Json(await _fabric.ReplayAsync(["verify", "--json"]), expected: 0);
        Assert.True(report.GetProperty("clean").GetBoolean());
        Assert.True(report.GetProperty("entries").GetInt64() > 0);
        Assert.Equal(0, report.GetProperty("findings").GetArrayLength());
        var replay = Json(await _fabric.ReplayAsync(["run", Mission, "--json", "--tenant", RunningFabric.TenantName]), expected: 0);
        Assert.True(replay.GetProperty("clean").GetBoolean());
        Assert.Equal(Mission, replay.GetProperty("mission").GetString());
        Assert.True(replay.GetProperty("actions").GetInt64() > 0);
        Assert.Equal(JsonValueKind.Null, replay.GetProperty("divergence").ValueKind);
    }

    [Fact]
    public async Task A_tampered_log_is_exit_code_1_in_words_and_in_JSON()
    {
        await using var copy = await DatabaseCopy.CreateAsync(_fabric);
        await _fabric.Seat.AdministerAsync(copy.Name, $"""
            set session_replication_role = replica;
            update journal.entry set chain = set_byte(chain, 0, get_byte(chain, 0) # 1) where stream_id = '{fixture.Mission.Value}' and seq = 5;
            """);
        var verify = await _fabric.ReplayAsync(["verify"], copy.Name);
        Assert.True(verify.ExitCode == 1 && verify.Lines.Any(static line => line.StartsWith("FINDING ", StringComparison.Ordinal)), Text(verify));
        Assert.StartsWith("NOT CLEAN", verify.Lines[^1], StringComparison.Ordinal);
        var run = await _fabric.ReplayAsync(["run", Mission], copy.Name);
        Assert.True(run.ExitCode == 1 && run.Lines.Any(static line => line.StartsWith("DIVERGED at seq 5 ", StringComparison.Ordinal)), Text(run));

        var report = Json(await _fabric.ReplayAsync(["verify", "--json"], copy.Name), expected: 1);
        Assert.False(report.GetProperty("clean").GetBoolean());
        Assert.True(report.GetProperty("findings").GetArrayLength() > 0);
        var replay = Json(await _fabric.ReplayAsync(["run", Mission, "--json"], copy.Name), expected: 1);
        Assert.Equal(5, replay.GetProperty("divergence").GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task The_root_key_is_the_one_the_auditor_brings()
    {
        var brought = Path.GetTempFileName();
        try
        {
            File.Copy(_fabric.State.Paths.RootPublicKey, brought, overwrite: true);
            var own = await _fabric.ReplayAsync(["verify", "--root-key", brought]);
            Assert.True(own.ExitCode == 0, Text(own));

            await File.WriteAllTextAsync(brought, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) + "\n");
            var another = await _fabric.ReplayAsync(["verify", "--root-key", brought]);
            Assert.True(another.ExitCode == 1, Text(another));
        }
        finally
        {
            File.Delete(brought);
        }
    }

    [Theory]
    [InlineData("mission_not_found", "run", "mission_00000000000000000000000000000001")]
    [InlineData("mission_not_found", "run", "MISSION", "--tenant", "fabric")]
    [InlineData("usage", "run")]
    [InlineData("usage", "run", "a-mission")]
    [InlineData("usage", "run", "MISSION", "--tenant")]
    [InlineData("usage", "verify", "--rot-key", "x")]
    [InlineData("usage", "verify", "one", "two")]
    [InlineData("usage", "verfy")]
    [InlineData("state_missing_file", "verify", "--root-key", "/nonexistent/root.pub")]
    [InlineData("checkpoint_missing", "verify", "--checkpoint", "/nonexistent/checkpoint.txt")]
    public async Task What_cannot_be_answered_is_exit_code_2_and_one_line_that_names_it(string code, params string[] arguments)
    {
        var run = await _fabric.ReplayAsync([.. arguments.Select(word => word == "MISSION" ? Mission : word)]);
        Assert.True(run.ExitCode == 2 && run.Lines.Any(line => line.StartsWith($"voxeltron: {code}: ", StringComparison.Ordinal)), Text(run));
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_exit_code_2_too()
    {
        var run = await _fabric.ReplayAsync(["verify"], "no_such_database");
        Assert.True(run.ExitCode == 2, Text(run));
    }

    [Fact]
    public async Task Help_is_exit_code_0()
    {
        var help = await _fabric.ReplayAsync(["--help"]);
        Assert.True(help.ExitCode == 0 && help.Lines.Any(static line => line.Contains("--root-key", StringComparison.Ordinal)), Text(help));
    }

    private static JsonElement Json((int ExitCode, IReadOnlyList<string> Lines) run, int expected)
    {
        Assert.True(run.ExitCode == expected, Text(run));
        using var json = JsonDocument.Parse(Assert.Single(run.Lines));
        return json.RootElement.Clone();
    }

    private static string Text((int ExitCode, IReadOnlyList<string> Lines) run) => $"exit code {run.ExitCode}\n{string.Join('\n', run.Lines)}";
}
