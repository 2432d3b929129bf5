using Voxeltron.Kernel;
using Voxeltron.Launcher;

// Everything on this one thread: walls bind the thread that raises them, and exec carries them on (Native/README.md).
try
{
    var options = LaunchOptions.Parse(args);
    if (options.IsQuestion)
    {
        if (FabricSettings.Read(options.State) is { IsTcp: true } settings)
        {
            Console.WriteLine($"{settings.PostgresHost}:{settings.PostgresPort}");
        }

        return 0;
    }

    return options.IsBroker ? BrokerLaunch.Run(options) : Launch.Run(options);
}
catch (UsageException wrong)
{
    Say.Line(wrong.Message);
    Say.Line(LaunchOptions.Usage);
    return ExitCodes.Usage;
}
catch (VoxeltronException fault)
{
    Say.Line($"{fault.FaultCode}: {fault.Message}");
    return fault.FaultCode == "program_missing" ? ExitCodes.NotFound : ExitCodes.NotConfined;
}
catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
{
    Say.Line($"not_confined: {fault.Message} Start it as the user that set the fabric up, or as root.");
    return ExitCodes.NotConfined;
}
