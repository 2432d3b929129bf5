using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>Cells that sleep: what one takes of memory and disk, what all of them take of a core, and how soon one that is told something is entered.</summary>
internal sealed class HibernatedBench(BenchFabric fabric, BenchOptions options)
{
    /// <summary>Of one mission; an input takes a hundred thousand items.</summary>
    private const int MostPerMission = 63_125;

    /// <summary>What a sleeping cell may need of the disk: its image, its entries with their indexes, and what Postgres keeps ahead.</summary>
    private const long DiskBytesPerCell = 20_000;

    private static readonly TimeSpan s_hostsSay = TimeSpan.FromSeconds(1.5);

    /// <summary>Sixteen missions; eight hosts keep a thousand warm each, so that a million sleep.</summary>
    private int Cells => options.Quick ? 10_000 : 1_010_000;

    private int Tells => options.Quick ? 300 : 2_000;

    private TimeSpan Quiet => TimeSpan.FromSeconds(options.Quick ? 5 : 20);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        RequireDisk();
        var result = new BenchResult();
        var module = await IdleMission.RegisterAsync(fabric, cancel);
        var missions = new List<IdleMission>();
        var each = Math.Min(MostPerMission, Cells / fabric.WorkerCount);
        var began = Ticks.Now;
        for (var first = 0; first < Cells; first += each)
        {
            var next = await IdleMission.OpenAsync(fabric, module, first, cancel);
            missions.Add(next);
            await next.FillAsync(each, cancel);
            await next.Mission.WaitLiveAsync(each, cancel);
            await Console.Error.WriteLineAsync($"{first + each:N0} cells after {Ticks.Seconds(began, Ticks.Now):N0} s");
            // Hosts say once a second what they have left: the next mission goes where most is.
            await Task.Delay(s_hostsSay, cancel);
        }

        var filled = Ticks.Seconds(began, Ticks.Now) - (missions.Count * s_hostsSay.TotalSeconds);
        await fabric.WaitHealthAsync(Cells, cancel);
        await Task.Delay(Quiet / 2, cancel);
        var cpu = fabric.CpuUse();
        var from = Ticks.Now;
        await Task.Delay(Quiet, cancel);
        var percent = (fabric.CpuUse() - cpu).TotalMs / 10 / Ticks.Seconds(from, Ticks.Now);
        var memory = fabric.WorkerMemory();
        var (live, asleep, spool) = await HostsAsync(cancel);
        if (asleep < Cells * 9 / 10)
        {
            throw new VoxeltronException("bench_awake", $"Of {Cells} cells {asleep} sleep.");
        }

        var wake = await missions[^1].WakeAsync(fabric, each, Tells, cancel);
        foreach (var mission in missions)
        {
            await mission.Mission.CancelAsync(cancel);
        }

        result.Table.Section($"{Cells:N0} cells, {asleep:N0} of them asleep");
        result.Table.Value("KiB a cell, all of the workers", (double)memory.OwnKib / Cells);
        result.Table.Value("workers private + page tables, MiB", memory.OwnKib / 1024.0);
        result.Table.Value("spool, bytes a sleeping cell", (double)spool / asleep);
        result.Table.Value("filling, s", filled);
        result.Table.Value("CPU of everything, % of a core", percent);
        result.Table.Value("told → entered µs p50, p99, max", ActionFigures.Text(wake));
        result.Figures["hibernated_cells"] = asleep;
        result.Figures["warm_cells"] = live;
        result.Figures["kib_per_hibernated_cell"] = Figures.Number((double)memory.OwnKib / Cells);
        result.Figures["worker_mib"] = Figures.Number(memory.OwnKib / 1024.0);
        result.Figures["spool_bytes_per_cell"] = Figures.Number((double)spool / asleep);
        result.Figures["wake_hibernated_us"] = wake;
        result.Figures["control_plane_cpu_percent"] = Figures.Number(percent);
        result.Figures["fill_s"] = Figures.Number(filled);
        result.Settings["tells"] = Tells;
        result.Settings["quiet_s"] = Quiet.TotalSeconds;
        result.Settings["sysctl"] = Sysctls.Read();
        return result;
    }

    private void RequireDisk()
    {
        var free = new DriveInfo(fabric.State.Paths.Root).AvailableFreeSpace;
        Console.Error.WriteLine($"{Cells:N0} cells need some {Cells * DiskBytesPerCell >> 30} GiB of disk (log and spool); {free >> 30} GiB are free.");
        if (free < Cells * DiskBytesPerCell)
        {
            throw new VoxeltronException("bench_no_disk", $"{Cells} cells need {Cells * DiskBytesPerCell >> 30} GiB of disk, and {free >> 30} are free.");
        }
    }

    private async Task<(int Live, int Asleep, long SpoolBytes)> HostsAsync(CancellationToken cancel)
    {
        var hosts = (await fabric.Http.GetJsonAsync("/v1/hosts", cancel))["hosts"]!.AsArray();
        return (Sum(hosts, "cells_live"), Sum(hosts, "cells_hibernated"), hosts.Sum(static host => host!["spool_bytes"]!.GetValue<long>()));
    }

    private static int Sum(JsonArray hosts, string name) => hosts.Sum(host => host![name]!.GetValue<int>());
}
