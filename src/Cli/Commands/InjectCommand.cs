using System.Text.Json;
using Voxeltron.Cli.Fabric;
using Voxeltron.Kernel;

namespace Voxeltron.Cli.Commands;

/// <summary><c>voxeltron inject FAULT</c>: has a real fault done to a live cell, and with <c>--wait</c> tells what healed it.</summary>
public static class InjectCommand
{
    private const int DefaultSeconds = 60;

    /// <summary>What may be the end of a fault, in the words of the log.</summary>
    private const string Aborted = "action.aborted";
    private const string EpochBegan = "epoch.began";
    private const string Booted = "cell.booted";

    public static async Task<int> RunAsync(FabricClient client, Arguments arguments, TextWriter output, CancellationToken cancel)
    {
        if (!InjectedFaults.TryParse(arguments.Words[0], out var fault))
        {
            throw new CliException($"There is no fault '{arguments.Words[0]}'. Faults: {string.Join(", ", InjectedFaults.Words)}.");
        }

        var mission = arguments.Text("--mission") ?? throw new CliException("inject needs --mission ID.");
        var (cell, task) = (arguments.Text("--cell"), arguments.Text("--task"));
        if (cell is null == task is null)
        {
            throw new CliException("inject needs one target: --cell CELL, or --task TASK for the cell that task waits in.");
        }

        var seconds = arguments.WholeNumber("--seconds", DefaultSeconds, 1, 3_600);
        var answer = await client.InjectAsync(mission, fault.Word(), cell, task, Guid.NewGuid().ToString("N"), cancel);
        if (answer.Seq is not { } seq)
        {
            output.WriteLine($"{fault.Word()}: asked for as intent {answer.IntentId}, durable, and not answered yet; no worker may be up. Follow it with: voxeltron events {mission}");
            return 1;
        }

        output.WriteLine($"{fault.Word()}: injected into {cell ?? "the cell of task " + task}, seq {seq}. {(fault.IsOfNextEvent() ? "The cell's next event will be it." : "It happens now.")}");
        return arguments.Has("--wait") ? await WaitAsync(client, mission, fault, seq, TimeSpan.FromSeconds(seconds), output, cancel) : 0;
    }

    private static async Task<int> WaitAsync(FabricClient client, string mission, InjectedFault fault, long seq, TimeSpan limit, TextWriter output, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(limit);
        var follower = new EventFollower(client, mission);
        try
        {
            return await FollowAsync(follower, fault, seq, output, patience.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            output.WriteLine($"Nothing healed it within {limit.TotalSeconds:0} s. {(fault.IsOfNextEvent() ? "The cell may simply have had no event: send it one." : "Is a worker up?")} Look on with: voxeltron events {mission} --after {seq}");
            return 1;
        }
    }

    private static async Task<int> FollowAsync(EventFollower follower, InjectedFault fault, long seq, TextWriter output, CancellationToken cancel)
    {
        string? cell = null, task = null;
        var happened = false;
        await foreach (var entry in follower.FollowAsync(seq - 1, cancel))
        {
            if (entry.Seq == seq)
            {
                (cell, task) = (Text(entry, "cell"), Text(entry, "task"));
            }
            else if (entry.Kind == EpochBegan)
            {
                happened = true;
                output.WriteLine($"{entry.Seq,7}  another epoch began: {(fault.IsOfNextEvent() ? "the cell was lost with its host, and the fault with it" : $"the mission was folded again by {entry.Actor}")}");
            }
            else if (entry.Kind == Aborted && Text(entry, "cell") == cell)
            {
                happened = true;
                output.WriteLine($"{entry.Seq,7}  {cell} aborted: {Text(entry, "code")} ({Text(entry, "fault")})");
            }
            else if (entry.Kind == Booted && Text(entry, "task") == task && happened)
            {
                output.WriteLine($"{entry.Seq,7}  task {task} goes on in {Text(entry, "cell")}, attempt {Text(entry, "attempt")}");
                return 0;
            }
            else if (entry.Kind is "task.failed" or "incident.opened" && happened)
            {
                output.WriteLine($"{entry.Seq,7}  {entry.Kind}: {entry.Body.GetRawText()}");
                if (Text(entry, "task") == task && entry.Kind == "task.failed")
                {
                    return 0;
                }
            }
        }

        output.WriteLine($"mission {follower.EndStatus}");
        return happened ? 0 : 1;
    }

    private static string? Text(EventAnswer entry, string name) => entry.Body.TryGetProperty(name, out var value)
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.GetRawText()
        : null;
}
