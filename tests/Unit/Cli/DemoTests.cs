using System.Security.Cryptography;
using Voxeltron.Cli;
using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Demo;
using Voxeltron.Cli.Fabric;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;

namespace Voxeltron.Tests.Unit.Cli;

// Goal: the demo claims no more than it saw, and ends. Method: its parts against an API that answers what the test says.
public sealed class DemoTests
{
    private const string Mission = "mission_00000000000000000000000000000001";

    [Theory]
    [InlineData(0, "completed", true, 0)]
    [InlineData(1, "completed", true, 1)]
    [InlineData(0, "failed", true, 1)]
    [InlineData(0, "completed", false, 1)]
    [InlineData(0, "completed", null, DemoCommand.NotVerified)]
    [InlineData(1, "completed", null, 1)]
    [InlineData(0, "unknown", null, 1)]
    public void Exit_code_0_needs_every_file_settled_a_completed_mission_and_a_log_that_was_looked_at(int open, string endStatus, bool? clean, int expected) =>
        Assert.Equal(expected, DemoCommand.ExitCode(open, endStatus, clean));

    [Theory]
    [InlineData("\"outcome_code\":\"not_json\",", "refused", "not_json")]
    [InlineData("\"outcome_code\":\"\",", "failed", "refused_without_code")]
    [InlineData("", "failed", "refused_without_code")]
    public async Task A_refusal_without_a_code_settles_nothing(string code, string outcome, string reason)
    {
        var item = DemoItem.Create(1, "a.json", [1]);
        using var client = new FabricClient(StubApi.Address, new StubApi(path => path.Contains("/tasks?", StringComparison.Ordinal)
            ? $$"""{"tasks":[{"task_key":"extract/{{item.Key}}","task_id":"extract","item_key":"{{item.Key}}","status":"refused",{{code}}"attempt":1}]}"""
            : "{}"));
        var verdict = Assert.Single(await new VerdictReader(client, Mission).ReadAsync([item], new Dictionary<string, string>(), CancellationToken.None));
        Assert.Equal((outcome, reason), (verdict.Outcome, verdict.Reasons[0].Code));
        Assert.Equal(outcome == "refused", verdict.Decided);
    }

    [Fact]
    public void Replay_is_asked_for_the_tenant_of_the_key_in_use() =>
        Assert.Equal(["run", Mission, "--tenant", "acme"], ReplayTool.RunArguments("acme", Mission));

    [Fact]
    public async Task A_mission_that_no_worker_takes_up_ends_the_demo_with_what_to_look_at()
    {
        var sample = Path.Combine(RepositoryRoot.Path, "samples", "prior-auth");
        using var client = new FabricClient(StubApi.Address, new StubApi(path => path.Split('?')[0] switch
        {
            "POST /v1/modules" => Registered(sample, path[(path.IndexOf("name=", StringComparison.Ordinal) + 5)..]),
            "POST /v1/missions" => $$"""{"mission_id":"{{Mission}}","status":"submitted"}""",
            $"GET /v1/missions/{Mission}/events" => null,
            _ => "{}",
        }));
        await using var output = new StringWriter();
        var run = new DemoRun(client, sample, patience: TimeSpan.FromMilliseconds(200), output, terminal: false);
        var input = new DemoInput([DemoItem.Create(1, "a.json", [1])], "one file");

        var ended = await Assert.ThrowsAsync<CliException>(() => run.RunAsync(input, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20)));
        foreach (var part in new[] { "0 of 1 requests settled", "scripts/status", "/state/log/worker-1.log", "scripts/up", "voxeltron events " + Mission })
        {
            Assert.Contains(part, ended.Message, StringComparison.Ordinal);
        }
    }

    private static string Registered(string sample, string module)
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(sample, module + ".wasm"))));
        return $$"""{"module_digest":"{{digest}}","name":"{{module}}","status":"registered","size_bytes":1}""";
    }
}
