using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// A mission full of live cells, each acting once a second, is put on another version of its module and back: how long that takes from
/// the request to the durable answer, what one swap takes of the writer section, and what actions take meanwhile.
/// </summary>
internal sealed class ReloadBench(BenchFabric fabric, BenchOptions options)
{
    private const long PeriodUs = 1_000_000;

    private int Cells => options.Quick ? 1_000 : 5_000;

    private int Rounds => options.Quick ? 2 : 5;

    private TimeSpan Window => TimeSpan.FromSeconds(options.Quick ? 2 : 5);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var first = await AgentModule.RegisterAsync(fabric, cancel);
        var second = await AgentModule.RegisterSecondAsync(fabric, cancel);
        var mission = await AgentModule.BeginAsync(fabric, first, Cells, PeriodUs, cancel);
        await mission.WaitLiveAsync(Cells, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        await Task.Delay(Window, cancel);
        var before = (await fabric.Timelines.ActionsAsync(reset: true, cancel))["action_us"]!.DeepClone();

        var (forward, back, swaps, during) = (new List<double>(), new List<double>(), new List<JsonNode>(), new List<JsonNode>());
        for (var round = 0; round < Rounds; round++)
        {
            forward.Add(await SwapAsync(mission, $"{{\"to\":\"{second}\",\"missions\":[\"{mission.Id}\"]}}", "reload", swaps, during, cancel));
            await Task.Delay(Window / 2, cancel);
            back.Add(await SwapAsync(mission, $"{{\"missions\":[\"{mission.Id}\"]}}", "rollback", swaps, during, cancel));
            await Task.Delay(Window / 2, cancel);
        }

        var failed = await FailedAsync(mission.Id, cancel);
        await mission.CancelAsync(cancel);
        await mission.WaitEndedAsync(cancel);
        Report(result, forward, back, before, Worst(swaps), Worst(during), failed);
        return result;
    }

    private void Report(BenchResult result, List<double> forward, List<double> back, JsonNode before, JsonNode swap, JsonNode during, long failed)
    {
        result.Table.Section($"{Cells:N0} live cells, {Cells * 1e6 / PeriodUs:N0} actions a second");
        result.Table.Latency("reload, s", new Distribution(forward));
        result.Table.Latency("rollback, s", new Distribution(back));
        result.Table.Value("swap µs p50, p99, max, worst round", ActionFigures.Text(swap));
        result.Table.Value("action µs p50, p99, max, before", ActionFigures.Text(before));
        result.Table.Value("the same while reloading, worst round", ActionFigures.Text(during));
        result.Table.Value("tasks that lost an attempt or failed", failed);
        result.Figures["reload_cells"] = Cells;
        result.Figures["reload_s"] = Figures.Latency(new Distribution(forward));
        result.Figures["swap_us"] = swap;
        result.Figures["task_us"] = new JsonObject { ["before"] = before, ["during"] = during };
        result.Figures["rollback_ms"] = Figures.Latency(new Distribution(back.Select(static s => s * 1e3)));
        result.Figures["failed_tasks"] = failed;
        result.Settings["rounds"] = Rounds;
        result.Settings["period_us"] = PeriodUs;
    }

    /// <returns>Seconds from the request to the answer that says it is done and durable.</returns>
    private async Task<double> SwapAsync(BenchMission mission, string body, string verb, List<JsonNode> swaps, List<JsonNode> during, CancellationToken cancel)
    {
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var began = Ticks.Now;
        var answer = await fabric.Http.PostAsync($"/v1/modules/agent:{verb}", Encoding.UTF8.GetBytes(body), "application/json", cancel, ("Prefer", "wait=30"));
        var seconds = Ticks.Seconds(began, Ticks.Now);
        var times = await fabric.Timelines.ActionsAsync(reset: true, cancel);
        if (answer["missions"]![0]!["status"]!.GetValue<string>() != "reloaded" || times["swap_us"]!["n"]!.GetValue<long>() != Cells)
        {
            throw new VoxeltronException("bench_not_reloaded", $"{verb} of {mission.Id} swapped {times["swap_us"]} and answered {answer.ToJsonString()}");
        }

        swaps.Add(times["swap_us"]!.DeepClone());
        during.Add(times["action_us"]!.DeepClone());
        return seconds;
    }

    private static JsonNode Worst(List<JsonNode> rounds) => rounds.MaxBy(static round => round["p99"]!.GetValue<double>())!;

    private async Task<long> FailedAsync(MissionId mission, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            "select count(*) from control.task where tenant_id = $1 and mission_id = $2 and (attempt > 1 or status <> 'running')", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }
}
