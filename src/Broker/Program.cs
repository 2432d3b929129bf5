using System.Runtime.InteropServices;
using Voxeltron.Broker;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

// The one privileged process of the fabric, and so the smallest: it believes no worker, and does nothing a grant does not name.
var isDatabase = args is [DatabaseOptions.Verb, ..];
if (args.Contains("--help"))
{
    Console.WriteLine(isDatabase ? DatabaseOptions.Help : BrokerOptions.Help);
    return 0;
}

try
{
    if (isDatabase)
    {
        return DatabaseCommand.Run(args.AsSpan(1));
    }

    var options = BrokerOptions.Parse(args);
    if (MachineCheck.Find() is { } missing)
    {
        (options.IsCheck ? Console.Out : Console.Error).WriteLine($"{MachineCheck.Code}: {missing}");
        return 3;
    }

    if (options.IsCheck)
    {
        Console.WriteLine("ok");
        return 0;
    }

    Privileges.Narrow();
    using var stop = new CancellationTokenSource();
    using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stop));
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stop));
    await BrokerHost.RunAsync(options, stop.Token);
    return 0;
}
catch (VoxeltronException refused)
{
    Console.Error.WriteLine($"{refused.FaultCode}: {refused.Message}");
    return 2;
}
catch (Exception failed) when (failed is KernelException or NftablesException or IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
{
    Console.Error.WriteLine($"broker_failed: {failed.Message.ReplaceLineEndings(" ")}");
    return 2;
}

static void Stop(PosixSignalContext signal, CancellationTokenSource stop)
{
    signal.Cancel = true;
    stop.Cancel();
}
