using Voxeltron.Hosting;
using Voxeltron.Replay;

// The auditor's tool: reads with the auditor's role, trusts the root public key it is given and nothing in the database.
ParentWatch.BeginIfAsked();
var exitCode = 0;
using var cancel = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    cancel.Cancel();
};
var failed = await FabricProcess.RunAsync(async () => exitCode = await ReplayCommands.RunAsync(args, Console.Out, Console.Error, cancel.Token));
return failed == 0 ? exitCode : 2;
