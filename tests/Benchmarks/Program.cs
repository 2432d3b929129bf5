using Voxeltron.Benchmarks;
using Voxeltron.Hosting;

if (BenchOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

try
{
    return await FabricProcess.RunAsync(MeasureAsync);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}

async Task MeasureAsync()
{
    await using var fabric = await BenchFabric.OpenAsync(stop.Token);
    var begin = CpuTimes.Read();
    var beginUse = fabric.CpuUse();
    var result = options.Name switch
    {
        "boot" => await new BootBench(fabric, options).RunAsync(stop.Token),
        "dispatch" => await new DispatchBench(fabric, options).RunAsync(stop.Token),
        "fanout" => await new FanoutBench(fabric, options).RunAsync(stop.Token),
        "replay" => await new ReplayBench(fabric, options).RunAsync(stop.Token),
        "recovery" => await new RecoveryBench(fabric, options).RunAsync(stop.Token),
        "steps" => await new StepsBench(fabric, options).RunAsync(stop.Token),
        "reload" => await new ReloadBench(fabric, options).RunAsync(stop.Token),
        "density" when options.Hibernated => await new HibernatedBench(fabric, options).RunAsync(stop.Token),
        "density" => await new DensityBench(fabric, options).RunAsync(stop.Token),
        "views" => await new ViewsBench(fabric, options).RunAsync(stop.Token),
        "concurrent" => await new ConcurrentBench(fabric, options).RunAsync(stop.Token),
        "peers" => await new PeersBench(fabric, options).RunAsync(stop.Token),
        "egress" => await new EgressBench(fabric, options).RunAsync(stop.Token),
        "actions" => await new ActionsBench(fabric, options).RunAsync(stop.Token),
        _ => await new LogBench(fabric, options).RunAsync(stop.Token),
    };
    var machine = MachineInfo.Read(fabric.State.Paths.Root, fabric.PostgresVersion, begin, CpuTimes.Read(), fabric.CpuUse() - beginUse);

    result.Settings.Insert(0, "quick", options.Quick);
    result.Settings["worker_processes"] = fabric.WorkerCount;
    result.Settings["postgres"] = fabric.PostgresSettings();
    Console.WriteLine();
    result.Table.Print(Console.Out);
    Console.WriteLine();
    Console.WriteLine(result.ToJson(options.Name, SourceCommit.Read(), machine).ToJsonString());
}
