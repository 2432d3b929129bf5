using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Hosting;
using Voxeltron.Ultra;

return await FabricProcess.RunAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    var state = builder.AddVoxeltronHosting("worker", FabricRole.Worker);
    var options = WorkerSettings.Read(state.Settings);

    var services = builder.Services;
    services.AddSingleton(options);
    services.AddSingleton<WorkerMetrics>();
    services.AddSingleton(new Timeline(options.Timeline));
    services.AddSingleton(_ => new CellEngine(new CellEngineOptions
    {
        MaxCells = options.CellCapacity,
        MaxProcessBytes = options.MemoryMib * 1024L * 1024,
        MachineReserveBytes = options.MachineReserveMib * 1024L * 1024,
        WatchdogLimit = WorkerSettings.WatchdogLimit,
    }));
    services.AddSingleton<IModuleSource, StoredModules>();
    services.AddSingleton<ModuleCatalog>();
    services.AddSingleton(_ => new CellKeyring(WorkerSettings.KeyringCapacity, HostFactory.RandomSeed));
    services.AddSingleton<HostFactory>();
    services.AddHostedService<KeyringFiller>();
    services.AddHostedService<WorkerService>();

    // A guest occupies its thread until fuel or watchdog end it; the committer and the renewer must not wait for one to be added.
    ThreadPool.SetMinThreads(WorkerSettings.MinThreads, WorkerSettings.MinThreads);

    var app = builder.Build();
    app.MapVoxeltronHosting();
    app.MapTimeline();
    await app.RunAsync();
});
