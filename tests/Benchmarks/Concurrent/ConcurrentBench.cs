using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Ten thousand cells that all have work: first each acts once a second on its timer, in ten missions side by side, so that the host's
/// scheduling of missions and of cells is on trial; then one change tells all cells of a mission at once. Measured is how late a cell is entered,
/// and how evenly they get their turns.
/// </summary>
internal sealed class ConcurrentBench(BenchFabric fabric, BenchOptions options)
{
    private const long PeriodUs = 1_000_000;

    private int Missions => options.Quick ? 4 : 10;

    private int CellsEach => options.Quick ? 500 : 1_000;

    private int Cells => Missions * CellsEach;

    private int Waves => options.Quick ? 3 : 10;

    private TimeSpan WarmUp => TimeSpan.FromSeconds(options.Quick ? 2 : 5);

    private TimeSpan Window => TimeSpan.FromSeconds(options.Quick ? 5 : 20);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        await TimersAsync(result, cancel);
        await WavesAsync(result, cancel);
        result.Settings["modules"] = "tests/Guests/agent, tests/Guests/idle";
        result.Settings["missions"] = Missions;
        result.Settings["period_us"] = PeriodUs;
        result.Settings["warm_up_s"] = WarmUp.TotalSeconds;
        result.Settings["window_s"] = Window.TotalSeconds;
        return result;
    }

    private async Task TimersAsync(BenchResult result, CancellationToken cancel)
    {
        var module = await AgentModule.RegisterAsync(fabric, cancel);
        var missions = new List<BenchMission>();
        for (var i = 0; i < Missions; i++)
        {
            missions.Add(await AgentModule.BeginAsync(fabric, module, CellsEach, PeriodUs, cancel));
            await missions[i].WaitLiveAsync(CellsEach, cancel);
        }

        await Task.Delay(WarmUp, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var cpu = fabric.CpuUse();
        var from = DateTimeOffset.UtcNow;
        await Task.Delay(Window, cancel);
        var to = DateTimeOffset.UtcNow;
        var used = fabric.CpuUse() - cpu;
        var times = await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var memory = fabric.WorkerMemory();
        foreach (var mission in missions)
        {
            await mission.CancelAsync(cancel);
        }

        foreach (var mission in missions)
        {
            await mission.WaitEndedAsync(cancel);
        }

        var log = await ActionLog.ReadAsync(fabric, missions.Select(static mission => mission.Id), Us(from), Us(to), PeriodUs, cancel);
        Report(result, log, times, memory, used, (to - from).TotalSeconds);
    }

    private void Report(BenchResult result, ActionLog log, JsonNode times, ProcessMemory memory, CpuUse used, double seconds)
    {
        var late = new Distribution(log.LateUs);
        var fairness = Fairness.Of(log.ByCell.Values, Cells);
        var actions = log.LateUs.Count;
        result.Table.Section($"{Cells:N0} cells in {Missions} missions, {Cells * 1e6 / PeriodUs:N0} actions a second offered");
        result.Table.Latency("due → entered, µs", late);
        result.Table.Value("action µs p50, p99, max", ActionFigures.Text(times["action_us"]!));
        result.Table.Value("actions/s", actions / seconds);
        result.Table.Value("actions a cell: Jain, min, median, max", fairness.Text());
        result.Table.Value("workers resident, MiB", memory.ResidentKib / 1024.0);
        result.Table.Value("CPU µs/action", used.Text(Math.Max(1, actions)));
        result.Figures["cells"] = Cells;
        result.Figures["sched_us"] = Figures.Latency(late);
        result.Figures["action_us"] = times["action_us"]!.DeepClone();
        result.Figures["actions_per_s"] = Figures.Number(actions / seconds);
        result.Figures["offered_per_s"] = Figures.Number(Cells * 1e6 / PeriodUs);
        result.Figures["fairness"] = fairness.ToJson();
        result.Figures["rss_mib"] = Figures.Number(memory.ResidentKib / 1024.0);
        result.Figures["cpu_us_per_action"] = used.Per(Math.Max(1, actions));
    }

    /// <summary>One row changes, and every cell of the mission is told: nobody has anything else to do, and all want to be first.</summary>
    private async Task WavesAsync(BenchResult result, CancellationToken cancel)
    {
        var idle = await IdleMission.OpenAsync(fabric, await IdleMission.RegisterAsync(fabric, cancel), 0, cancel);
        await idle.FillAsync(Cells, cancel, inOneGroup: true);
        await idle.Mission.WaitLiveAsync(Cells, cancel);
        await Task.Delay(WarmUp, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var memory = fabric.WorkerMemory();
        var cpu = fabric.CpuUse();
        for (var wave = 0; wave < Waves; wave++)
        {
            await idle.TellAsync(0, cancel);
            await ToldAsync((wave + 1) * Cells, cancel);
        }

        var used = fabric.CpuUse() - cpu;
        var times = await fabric.Timelines.ActionsAsync(reset: true, cancel);
        await idle.Mission.CancelAsync(cancel);
        await idle.Mission.WaitEndedAsync(cancel);
        var last = times["delta_us"]!["max"]!.GetValue<double>();
        result.Table.Section($"{Cells:N0} cells of one mission told at once, {Waves} times");
        result.Table.Value("told → entered µs p50, p99, max", ActionFigures.Text(times["delta_us"]!));
        result.Table.Value("entered a second, slowest wave", Cells * 1e6 / last);
        result.Table.Value("workers resident, MiB", memory.ResidentKib / 1024.0);
        result.Table.Value("CPU µs/action", used.Text(Waves * Cells));
        result.Figures["wave"] = new JsonObject
        {
            ["waves"] = Waves,
            ["sched_us"] = times["delta_us"]!.DeepClone(),
            ["entered_per_s"] = Figures.Number(Cells * 1e6 / last),
            ["rss_mib"] = Figures.Number(memory.ResidentKib / 1024.0),
            ["cpu_us_per_action"] = used.Per(Waves * Cells),
        };
    }

    private async Task ToldAsync(long count, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var began = Ticks.Now; ; await timer.WaitForNextTickAsync(cancel))
        {
            var told = (await fabric.Timelines.ActionsAsync(reset: false, cancel))["delta_us"]!["n"]!.GetValue<long>();
            if (told >= count)
            {
                return;
            }

            if (Ticks.Seconds(began, Ticks.Now) > 60)
            {
                throw new VoxeltronException("bench_nothing_told", $"Of {count} deliveries {told} came within a minute.");
            }
        }
    }

    private static long Us(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
