using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Events delivered to live Wasm cells of one mission by the worker's own path: each cell's timer is due as soon as it is begun,
/// and each delivery is one transaction (two reads, one write of a 64-byte row) and one entry, sealed and durable.
/// </summary>
internal sealed class ActionsBench(BenchFabric fabric, BenchOptions options)
{
    /// <summary>Actions a second of the paced runs: the rate the specification names.</summary>
    private const int PacedPerSecond = 2_326;

    private static readonly int[] s_cells = [1, 16, 256];

    private TimeSpan WarmUp => TimeSpan.FromSeconds(options.Quick ? 1 : 5);

    private TimeSpan Window => TimeSpan.FromSeconds(options.Quick ? 3 : 20);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await AgentModule.RegisterAsync(fabric, cancel);
        var full = new ActionFigures();
        var paced = new ActionFigures();
        foreach (var cells in s_cells)
        {
            full.Add(cells, await ActionRun.MeasureAsync(fabric, module, cells, periodUs: 0, WarmUp, Window, cancel), result.Table, "as fast as it goes");
            paced.Add(cells, await ActionRun.MeasureAsync(fabric, module, cells, cells * 1_000_000L / PacedPerSecond, WarmUp, Window, cancel), result.Table, $"{PacedPerSecond:N0} a second offered");
        }

        full.AddTo(result.Figures);
        result.Figures["paced"] = paced.AddTo([]);
        result.Settings["module"] = "tests/Guests/agent";
        result.Settings["row_bytes"] = 64;
        result.Settings["paced_per_s"] = PacedPerSecond;
        result.Settings["warm_up_s"] = WarmUp.TotalSeconds;
        result.Settings["window_s"] = Window.TotalSeconds;
        return result;
    }
}

/// <summary>Figures keyed by the number of cells.</summary>
internal sealed class ActionFigures
{
    private readonly JsonObject _actions = [];
    private readonly JsonObject _durable = [];
    private readonly JsonObject _action = [];
    private readonly JsonObject _release = [];
    private readonly JsonObject _cpu = [];

    public void Add(int cells, ActionRun run, TextTable table, string load)
    {
        var key = cells.ToString();
        _actions[key] = Figures.Number(run.ActionsPerS);
        _durable[key] = Figures.Number(run.DurablePerS);
        _action[key] = run.Times["action_us"]!.DeepClone();
        _release[key] = run.Times["release_ms"]!.DeepClone();
        _cpu[key] = run.Cpu.Per((int)Math.Max(1, run.Times["action_us"]!["n"]!.GetValue<long>()));
        table.Section($"{cells} cells, {load}");
        table.Value("actions/s", run.ActionsPerS);
        table.Value("durable/s", run.DurablePerS);
        table.Value("action µs p50, p99, max", Text(run.Times["action_us"]!));
        table.Value("release ms p50, p99, max", Text(run.Times["release_ms"]!));
        table.Value("CPU µs/action", run.Cpu.Text((int)Math.Max(1, run.Times["action_us"]!["n"]!.GetValue<long>())));
    }

    public JsonObject AddTo(JsonObject figures)
    {
        figures["actions_per_s"] = _actions;
        figures["durable_per_s"] = _durable;
        figures["action_us"] = _action;
        figures["release_ms"] = _release;
        figures["cpu_us_per_action"] = _cpu;
        return figures;
    }

    public static string Text(JsonNode summary) =>
        $"{summary["p50"]!.GetValue<double>():0.0}  {summary["p99"]!.GetValue<double>():0.0}  {summary["max"]!.GetValue<double>():0.0}";
}
