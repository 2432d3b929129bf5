using Voxeltron.Cli.Demo;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>
/// `voxeltron demo [DIR]`: exit code 0 only if every file was decided or refused by name, the mission completed, and
/// verify and replay found nothing.
/// </summary>
public static class DemoCommand
{
    public const string Usage = """
        voxeltron demo [DIR] [--requests N] [--seed N] [--sample DIR] [--no-replay]
          DIR          a directory of prior-authorisation requests, one file each; without it, a set is generated
          --requests   how many to generate (default 300)
          --seed       which set to generate (default 20260302)
          --sample     directory with mission.json, coverage.csv and the modules (default samples/prior-auth)
          --no-replay  leave out verify and replay; the exit code then says nothing about the log
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, CancellationToken cancel)
    {
        var arguments = Arguments.Parse(args, "--requests", "--seed", "--sample");
        if (arguments.Has("--help"))
        {
            output.WriteLine(Usage);
            return 0;
        }

        if (arguments.Words.Count > 1)
        {
            throw new CliException($"demo takes one directory.\n{Usage}");
        }

        var input = Input(arguments);
        using var client = new FabricClient(FabricAddress.FromEnvironment());
        var run = new DemoRun(client, Sample(arguments), output, terminal: !Console.IsOutputRedirected);
        output.WriteLine($"Input: {input.Origin}");
        await run.RunAsync(input, cancel);
        return await ReportAsync(client, run, input, arguments.Has("--no-replay"), output, cancel);
    }

    private static DemoInput Input(Arguments arguments) => arguments.Words.Count == 1
        ? DemoInput.Read(arguments.Words[0])
        : DemoInput.Generate(GenerateCommand.Seed(arguments), GenerateCommand.Count(arguments));

    private static string Sample(Arguments arguments) => arguments.Text("--sample")
        ?? (Repository.Find() is { } root ? Path.Combine(root, "samples", "prior-auth") : throw new CliException("Name the sample's directory with --sample: this program does not run inside the source tree."));

    private static async Task<int> ReportAsync(FabricClient client, DemoRun run, DemoInput input, bool skipReplay, TextWriter output, CancellationToken cancel)
    {
        var verdicts = await new VerdictReader(client, run.MissionId).ReadAsync(input.Items, run.RefusedAtEdge, cancel);
        var mission = await client.MissionAsync(run.MissionId, cancel);
        var list = Path.Combine(client.Address.StateDirectory ?? Path.GetTempPath(), "demo", run.MissionId + ".tsv");
        var report = new DemoReport(output);
        report.Decisions(verdicts, list);
        report.Exceptions(verdicts, list);
        report.Boots(run.Tally);
        report.Entries(run.Tally, mission, run.Elapsed);
        var clean = skipReplay || await ReplayAsync(client.Address.StateDirectory, run.MissionId, output, cancel);
        report.Queries(client.Address, await run.TenantAsync(cancel), run.MissionId);
        report.Urls(client.Address, run.MissionId);

        var open = verdicts.Count(v => !v.Decided);
        var completed = run.EndStatus == "completed";
        output.WriteLine();
        output.WriteLine($"Result: {verdicts.Count - open} of {verdicts.Count} files decided or refused by name; mission {run.EndStatus}; {(skipReplay ? "verify and replay left out" : clean ? "verify and replay clean" : "verify or replay NOT clean")}");
        return open == 0 && completed && clean ? 0 : 1;
    }

    private static async Task<bool> ReplayAsync(string? state, string mission, TextWriter output, CancellationToken cancel)
    {
        var tool = new ReplayTool(output, state);
        output.WriteLine();
        output.WriteLine("Verify: every chain, seal, commit, head and epoch of the log");
        var verified = await tool.RunAsync(["verify"], cancel);
        output.WriteLine();
        output.WriteLine("Replay: every action of this mission run again and compared");
        var replayed = await tool.RunAsync(["run", mission], cancel);
        return verified && replayed;
    }
}
