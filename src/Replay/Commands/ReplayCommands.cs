using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>Command line of <c>voxeltron-replay</c>. Exit code 0: clean; 1: a finding or a divergence; 2: the question could not be answered.</summary>
public static class ReplayCommands
{
    private const string Usage = """
        voxeltron-replay: verifies the log and replays missions, with the auditor's rights only

          verify [--root-key FILE] [--checkpoint FILE] [--json]
              Checks every chain, seal, commit, head, epoch, leaf and checkpoint in the database.
              --root-key     the root public key every proof must end at (default: keys/root.pub of the state directory;
                             an auditor brings a copy)
              --checkpoint   a checkpoint kept elsewhere: the only way to notice that the log's tail was cut off

          run MISSION [--tenant NAME] [--json]
              Executes the mission's modules again and compares every action's writes, results, fuel and chain value.
              Where what an action needs was erased, it stops executing and says from which entry on nothing is proved.

        VOXELTRON_STATE names the state directory (database address, auditor's password).
        Exit code: 0 clean, 1 a finding or a divergence, 2 could not be answered.
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        var options = Arguments.Parse(args);
        switch (options.Command)
        {
            case "verify":
                return await new VerifyCommand(output).RunAsync(options, cancel);
            case "run" when options.Operand is not null:
                return await new RunCommand(output).RunAsync(options, cancel);
            case null or "help" or "--help" or "-h":
                await output.WriteLineAsync(Usage);
                return 0;
            default:
                await errors.WriteLineAsync(Usage);
                throw new VoxeltronException("usage", options.Command == "run" ? "run needs a mission id." : $"There is no command '{options.Command}'.");
        }
    }
}

/// <summary>The words of one call.</summary>
internal sealed record Arguments(string? Command, string? Operand, string? RootKeyFile, string? CheckpointFile, string Tenant, bool Json)
{
    public static Arguments Parse(string[] args)
    {
        var parsed = new Arguments(null, null, null, null, "demo", false);
        for (var i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new VoxeltronException("usage", $"{args[i - 1]} needs a value.");
            parsed = args[i] switch
            {
                "--root-key" => parsed with { RootKeyFile = Value() },
                "--checkpoint" => parsed with { CheckpointFile = Value() },
                "--tenant" => parsed with { Tenant = Value() },
                "--json" => parsed with { Json = true },
                var option when option.StartsWith("--", StringComparison.Ordinal) && option != "--help" => throw new VoxeltronException("usage", $"There is no option '{option}'."),
                var word when parsed.Command is null => parsed with { Command = word },
                var word when parsed.Operand is null => parsed with { Operand = word },
                var word => throw new VoxeltronException("usage", $"'{word}' is one word too many."),
            };
        }

        return parsed;
    }
}
