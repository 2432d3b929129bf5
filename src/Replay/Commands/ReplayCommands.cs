using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>Command line of <c>voxeltron-replay</c>. Exit code 0: clean; 1: a finding or a divergence; 2: the question could not be answered.</summary>
public static class ReplayCommands
{
    private const string Usage = """
        voxeltron-replay: verifies the log and replays missions, with the auditor's rights only

          verify [--root-key FILE] [--checkpoint FILE] [--export FILE] [--json]
              Checks every chain, seal, commit, head, epoch, leaf and checkpoint in the database, or in an export.
              --root-key     the root public key every proof must end at (default: keys/root.pub of the state directory;
                             an auditor brings a copy)
              --checkpoint   a checkpoint kept elsewhere: the only way to notice that the log's tail was cut off

          run MISSION [--tenant NAME] [--until SEQ] [--cell CELL] [--from-snapshot] [--export FILE] [--json]
              Executes the mission's modules again and compares every action's writes, results, fuel and chain value.
              Where what an action needs was erased, it stops executing and says from which entry on nothing is proved.
              --until        stop after this entry
              --cell         execute this cell alone; what other cells wrote is taken from the record
              --from-snapshot  begin from the last snapshot that counts; cells older than it are taken from the record

          at SEQ MISSION [--tenant NAME] [--table NAME] [--execute] [--export FILE] [--json]
              The mission's tables and tasks as of that entry, folded from the recorded writes, with the state root.
              --table        rows of this table alone (the root is over all)
              --execute      execute up to there instead, and demand what is recorded

          diff A B [--tenant NAME] [--tenant-b NAME] [--export FILE] [--export-b FILE] [--json]
              A and B are MISSION or MISSION@SEQ. The same mission twice: rows added, removed and changed, tasks in another
              state. Two missions, or one in two exports: their tasks by key, outcome, result, writes, fuel, emits, and the
              first difference. Exit code 0: equal; 1: different.

          export --out FILE [--tenant NAME [--mission MISSION]] [--force] [--json]
              Writes the log into one file to verify and replay elsewhere: all of it, or one tenant's or mission's part.

        With --export nothing but that file is opened: no database, no network, no state directory (verify then needs
        --root-key). Else VOXELTRON_STATE names the state directory (database address, auditor's password).
        Exit code: 0 clean, 1 a finding, a divergence or a difference, 2 could not be answered. docs/replay.md tells more.
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        var options = Arguments.Parse(args);
        if (options.Help)
        {
            await output.WriteLineAsync(Usage);
            return 0;
        }

        switch (options.Command)
        {
            case "verify":
                return await new VerifyCommand(output).RunAsync(options, cancel);
            case "run":
                return await new RunCommand(output).RunAsync(options, cancel);
            case "at":
                return await new AtCommand(output).RunAsync(options, cancel);
            case "diff":
                return await new DiffCommand(output).RunAsync(options, cancel);
            case "export":
                return await new ExportCommand(output).RunAsync(options, cancel);
            default:
                await errors.WriteLineAsync(Usage);
                throw new VoxeltronException("usage", $"There is no command '{options.Command}'.");
        }
    }
}
