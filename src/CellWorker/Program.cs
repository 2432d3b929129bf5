using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Hosting;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

// The same executable as a child of a worker: before anything of a host is made, so that it starts fast and knows no secret.
switch (args)
{
    case [CompileMode.Word, ..]:
        return CompileMode.Run(args);
    case [EngineTrial.Word, ..]:
        return EngineTrial.Run(args);
    case [WallsMode.Word, ..]:
        return WallsMode.Run(args);
}

return await FabricProcess.RunAsync(async () =>
{
    var builder = WebApplication.CreateBuilder(args);
    var state = builder.AddVoxeltronHosting("worker", FabricRole.Worker);
    var options = WorkerSettings.Read(state.Settings);
    var trial = EngineTrial.RequireAsync(options.Engine, CancellationToken.None);

    var services = builder.Services;
    services.AddSingleton(options);
    services.AddSingleton<WorkerMetrics>();
    services.AddSingleton(new Timeline(options.Timeline));
    services.AddSingleton(_ => new CellEngine(options.Engine));
    services.AddSingleton(new CompileProcess(options.Compile));
    services.AddSingleton<CompileQueue>();
    services.AddSingleton(provider => ArtifactStore.Of(state, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ArtifactStore>>()));
    services.AddSingleton<IModuleLoader, ArtifactLoader>();
    services.AddSingleton<IModuleSource, StoredModules>();
    services.AddSingleton<ModuleCatalog>();
    services.AddSingleton(_ => new CellKeyring(WorkerSettings.KeyringCapacity + options.HibernatedCells, HostFactory.RandomSeed));
    services.AddSingleton(provider => WarmBudget.Of(
        provider.GetRequiredService<CellEngine>(), state, options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WarmBudget>>()));
    services.AddSingleton(provider => new HealthBoard(
        new CellHealthCommands(provider.GetRequiredService<FabricDataSource>().Lane("health")), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<HealthBoard>>()));
    services.AddSingleton(provider => EgressDesk.Of(state.Paths.Operators, options, provider.GetRequiredService<TimeProvider>()));
    services.AddSingleton(provider => new ModelDesk(
        provider.GetRequiredService<EgressDesk>(), new ModelQueries(provider.GetRequiredService<FabricDataSource>()).ReadAsync, new ModelKeys(state.Paths.ModelKeys),
        provider.GetRequiredService<WorkerMetrics>(), provider.GetRequiredService<ILogger<ModelDesk>>()));
    services.AddSingleton<HostFactory>();
    services.AddHostedService<KeyringFiller>();
    services.AddHostedService<WorkerService>();

    // A guest occupies its thread until fuel or watchdog end it; the committer and the renewer must not wait for one to be added.
    ThreadPool.SetMinThreads(WorkerSettings.MinThreads, WorkerSettings.MinThreads);

    await trial;
    var app = builder.Build();
    app.MapVoxeltronHosting();
    app.MapTimeline();
    WallsReport.Say(Walls.Here(), app.Services.GetRequiredService<WorkerMetrics>(), app.Logger);
    await app.RunAsync();
});
