using Voxeltron.Cli.Demo;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>
/// `voxeltron demo [DIR]`: exit code 0 only if every file was decided or refused by name, the mission completed, and
/// verify and replay found nothing; 3 if all of that but the log was not looked at.
/// </summary>
public static class DemoCommand
{
    /// <summary>All went well as far as it was looked at, and the log was not.</summary>
    public const int NotVerified = 3;

    private const int DefaultPatienceSeconds = 120;

    public const string Usage = """
        voxeltron demo [DIR] [--requests N] [--seed N] [--sample DIR] [--patience S] [--no-replay]
          DIR          a directory of prior-authorisation requests, one file each; without it, a set is generated
          --requests   how many to generate (default 300)
          --seed       which set to generate (default 20260302)
          --sample     directory with mission.json, coverage.csv and the modules (default samples/prior-auth)
          --patience   give up when the mission writes nothing for so many seconds (default 120)
          --no-replay  leave out verify and replay; the exit code is then 3 at best
        Exit code: 0 every file decided or refused by name, and the log verified and replayed; 3 the same, but the log was not
        looked at (--no-replay); 1 anything else.
        """;

    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, CancellationToken cancel)
    {
        var arguments = Arguments.Parse(args, "--requests", "--seed", "--sample", "--patience");
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
        var patience = TimeSpan.FromSeconds(arguments.WholeNumber("--patience", DefaultPatienceSeconds, 1, 86_400));
        var run = new DemoRun(client, Sample(arguments), patience, output, terminal: !Console.IsOutputRedirected);
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
        var tenant = await run.TenantAsync(cancel);
        bool? clean = skipReplay ? null : await ReplayAsync(client.Address.StateDirectory, tenant, run.MissionId, output, cancel);
        report.Queries(client.Address, tenant, run.MissionId);
        report.Urls(client.Address, run.MissionId);

        var open = verdicts.Count(v => !v.Decided);
        output.WriteLine();
        output.WriteLine($"Result: {verdicts.Count - open} of {verdicts.Count} files decided or refused by name; mission {run.EndStatus}; {Looked(clean)}");
        return ExitCode(open, run.EndStatus, clean);
    }

    /// <param name="open">Files neither decided nor refused by name.</param>
    /// <param name="endStatus">How the mission ended.</param>
    /// <param name="clean">What verify and replay found; null: they were left out.</param>
    public static int ExitCode(int open, string endStatus, bool? clean) => open > 0 || endStatus != "completed" || clean == false
        ? 1
        : clean is null ? NotVerified : 0;

    private static string Looked(bool? clean) => clean switch
    {
        null => $"NOT VERIFIED: verify and replay were left out (exit code {NotVerified} at best)",
        true => "verify and replay clean",
        false => "verify or replay NOT clean",
    };

    private static async Task<bool> ReplayAsync(string? state, string tenant, string mission, TextWriter output, CancellationToken cancel)
    {
        var tool = new ReplayTool(output, state);
        output.WriteLine();
        output.WriteLine("Verify: every chain, seal, commit, head and epoch of the log");
        var verified = await tool.RunAsync(["verify"], cancel);
        output.WriteLine();
        output.WriteLine("Replay: every action of this mission run again and compared");
        var replayed = await tool.RunAsync(ReplayTool.RunArguments(tenant, mission), cancel);
        return verified && replayed;
    }
}
