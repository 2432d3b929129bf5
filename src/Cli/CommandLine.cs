using Voxeltron.Cli.Commands;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli;

/// <summary>From words to a command. Exit codes: 0 done, 1 it did not work out, 2 the command line is wrong, 130 interrupted.</summary>
public static class CommandLine
{
    private const string Usage = """
        voxeltron COMMAND
          demo [DIR]        send requests through the prior-authorisation sample and show the evidence
          generate DIR      write the demo's generated requests as files (--requests N, --seed N)
          new cell NAME     a project for a cell of one's own in ./NAME (--lang c|rust|assemblyscript)
          status            is the fabric up, and what is on it
          modules           registered modules
          missions          missions, newest first
          tasks MISSION     tasks of a mission
          events MISSION    entries of a mission as they become durable (--after SEQ)
          budget MISSION    what a mission may cost and has cost
          topup MISSION     lets it spend more (--more fuel=1000000000,boots=100)
          pause MISSION     dispatches nothing more of it; resume MISSION lets it go on
          retry MISSION     tries a failed task again (--task KEY)
          inject FAULT      a real fault in a live cell, to see what heals it: --mission ID, --cell ID or --task KEY,
                            --wait (--seconds N). trap, endless_loop, memory, policy_breach, slow_host_call,
                            corrupted_row, killed_worker; only where the spec says "faults": true
          gates             what waits for people (list; --state, --wait); show GATE: what exactly they are asked
          gates approve GATE, gates deny GATE: --comment TEXT, signed with --key FILE --name NAME, else vouched for by the Api alone
          gates key --key FILE makes an approver's own key; enroll --name N --public-key K --principal API-KEY-ID, revoke N, approvers
          egress sign FILE  signs what cells may reach with the operator's key (--key FILE, --out FILE); docs/egress.md
          egress show FILE  what a signed profile says
          models sign FILE  signs whom missions may ask models of (--key FILE, --out FILE); docs/models.md
          models apply FILE declares it;  models list  says what holds
          models air-gap on|off  cuts every external provider at once, or opens them again
          export --out FILE the log as one file to verify and replay elsewhere (--mission ID, --tenant NAME, --force)
        The fabric is found by VOXELTRON_STATE (its state directory), or VOXELTRON_API and VOXELTRON_API_KEY.
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancel)
    {
        try
        {
            return await DispatchAsync(args, output, cancel);
        }
        catch (Exception e) when (e is CliException or ApiException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            errors.WriteLine("Interrupted. What was submitted is durable and goes on; see: voxeltron missions");
            return 130;
        }
    }

    private static async Task<int> DispatchAsync(string[] args, TextWriter output, CancellationToken cancel)
    {
        var command = args.Length == 0 ? "--help" : args[0];
        var rest = args.Skip(1).ToArray();
        switch (command)
        {
            case "--help" or "-h" or "help":
                output.WriteLine(Usage);
                return 0;
            case "demo":
                return await DemoCommand.RunAsync(rest, output, cancel);
            case "status" or "modules" or "missions" or "tasks" or "events" or "generate" or "export" or "inject" or "new" or "egress"
                or "budget" or "topup" or "pause" or "resume" or "retry" or "gates" or "models":
                break;
            default:
                output.WriteLine($"Unknown command '{command}'.\n{Usage}");
                return 2;
        }

        var arguments = Arguments.Parse(rest, command switch
        {
            "generate" => ["--requests", "--seed"],
            "new" => ["--lang"],
            "egress" or "models" => ["--key", "--out"],
            "gates" => GatesCommand.Options,
            "export" => ["--out", "--tenant", "--mission"],
            "inject" => ["--mission", "--cell", "--task", "--seconds"],
            "topup" => ["--more"],
            "retry" => ["--task"],
            _ => ["--after"],
        });
        var wanted = command switch { "models" => ModelsCommand.Wanted(arguments.Words), "gates" => arguments.Words.Count <= 2 ? arguments.Words.Count : 2, "new" or "egress" => 2, "tasks" or "events" or "generate" or "inject" or "budget" or "topup" or "pause" or "resume" or "retry" => 1, _ => 0 };
        if (arguments.Words.Count != wanted)
        {
            output.WriteLine($"{command} takes {(wanted == 0 && command != "models" ? "no argument" : command switch { "generate" => "one directory", "inject" => "one fault", "new" => "the word cell and a name", "egress" => "sign or show, and a file", "gates" => "a verb and what it is about", "models" => ModelsCommand.Verbs, _ => "one mission" })}.\n{Usage}");
            return 2;
        }

        if (command == "generate")
        {
            return await GenerateCommand.RunAsync(arguments, output, cancel);
        }

        if (command == "egress")
        {
            return await EgressCommand.RunAsync(arguments, output, cancel);
        }

        if (command == "models")
        {
            return await ModelsCommand.RunAsync(arguments, static () => new FabricClient(FabricAddress.FromEnvironment()), output, cancel);
        }

        if (command == "new")
        {
            return await NewCommand.RunAsync(arguments, Directory.GetCurrentDirectory(), output, cancel);
        }

        using var client = new FabricClient(FabricAddress.FromEnvironment());
        return command switch
        {
            "status" => await StatusCommand.RunAsync(client, output, cancel),
            "modules" => await ListCommands.ModulesAsync(client, output, cancel),
            "missions" => await ListCommands.MissionsAsync(client, output, cancel),
            "inject" => await InjectCommand.RunAsync(client, arguments, output, cancel),
            "gates" => await GatesCommand.RunAsync(client, arguments, output, cancel),
            "export" => await ExportCommand.RunAsync(client, arguments, output, cancel),
            "budget" => await ControlCommand.BudgetAsync(client, arguments.Words[0], output, cancel),
            "topup" or "pause" or "resume" or "retry" => await ControlCommand.ActAsync(client, command, arguments, output, cancel),
            "tasks" => await ListCommands.TasksAsync(client, arguments.Words[0], output, cancel),
            _ => await ListCommands.EventsAsync(client, arguments.Words[0], arguments.WholeNumber("--after", 0, 0, int.MaxValue), output, cancel),
        };
    }
}
