using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Cells that wait: what one takes of its worker's memory, what all of them take of a core, and how soon one that is told something is
/// entered.
/// </summary>
internal sealed class DensityBench(BenchFabric fabric, BenchOptions options)
{
    private static readonly TimeSpan HostsSay = TimeSpan.FromSeconds(1.5);

    private int Cells => options.Quick ? 2_000 : options.Large ? 100_000 : 10_000;

    private int Tells => options.Quick ? 300 : 2_000;

    private TimeSpan Quiet => TimeSpan.FromSeconds(options.Quick ? 5 : 20);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await IdleMission.RegisterAsync(fabric, cancel);
        // One cell first: what only has to be loaded once is no cell's.
        var warm = await IdleMission.OpenAsync(fabric, module, 0, cancel);
        await warm.FillAsync(1, cancel);
        await warm.Mission.WaitLiveAsync(1, cancel);
        var before = fabric.WorkerMemory();

        // One mission a worker, one after the other: each goes where most places are free.
        var missions = new List<IdleMission>();
        var each = Cells / fabric.WorkerCount;
        var began = Ticks.Now;
        for (var i = 0; i < fabric.WorkerCount; i++)
        {
            var next = await IdleMission.OpenAsync(fabric, module, 1 + (i * each), cancel);
            await next.FillAsync(each, cancel);
            await next.Mission.WaitLiveAsync(each, cancel);
            missions.Add(next);
            // Hosts say once a second what they have left.
            await Task.Delay(HostsSay, cancel);
        }

        var filled = Ticks.Seconds(began, Ticks.Now) - (missions.Count * HostsSay.TotalSeconds);
        await fabric.WaitHealthAsync(Cells, cancel);
        // Collections and write-backs of the filling end.
        await Task.Delay(Quiet / 2, cancel);
        var cpu = fabric.CpuUse();
        var from = Ticks.Now;
        await Task.Delay(Quiet, cancel);
        var percent = (fabric.CpuUse() - cpu).TotalMs / 10 / Ticks.Seconds(from, Ticks.Now);
        var after = fabric.WorkerMemory();
        // The timelines of one worker are told apart from the others' by being the busiest: one mission is woken.
        var wake = await missions[^1].WakeAsync(fabric, each, Tells, cancel);
        foreach (var mission in missions.Append(warm))
        {
            await mission.Mission.CancelAsync(cancel);
            await mission.Mission.WaitEndedAsync(cancel);
        }

        Report(result, before, after, filled, percent, wake);
        return result;
    }

    private void Report(BenchResult result, ProcessMemory before, ProcessMemory after, double filled, double percent, JsonNode wake)
    {
        var own = (double)after.OwnKib / Cells;
        var more = (double)(after.OwnKib - before.OwnKib) / Cells;
        result.Table.Section($"{Cells:N0} cells that wait");
        result.Table.Value("KiB a cell, all of the workers", own);
        result.Table.Value("KiB a cell, more than with one cell", more);
        result.Table.Value("workers private + page tables, MiB", after.OwnKib / 1024.0);
        result.Table.Value("mappings a cell", (double)(after.Mappings - before.Mappings) / Cells * fabric.WorkerCount);
        result.Table.Value("filling, s", filled);
        result.Table.Value("CPU of everything, % of a core", percent);
        result.Table.Value("told → entered µs p50, p99, max", ActionFigures.Text(wake));
        result.Figures["warm_cells"] = Cells;
        result.Figures["kib_per_warm_cell"] = Figures.Number(own);
        result.Figures["kib_per_warm_cell_marginal"] = Figures.Number(more);
        result.Figures["worker_mib"] = Figures.Number(after.OwnKib / 1024.0);
        result.Figures["page_tables_kib"] = after.PageTablesKib;
        result.Figures["mappings_most"] = after.Mappings;
        result.Figures["wake_warm_us"] = wake;
        result.Figures["control_plane_cpu_percent"] = Figures.Number(percent);
        result.Figures["fill_s"] = Figures.Number(filled);
        result.Settings["tells"] = Tells;
        result.Settings["quiet_s"] = Quiet.TotalSeconds;
        result.Settings["sysctl"] = Sysctls.Read();
    }
}
