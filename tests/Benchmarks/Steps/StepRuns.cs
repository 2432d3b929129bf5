using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <param name="PerS">Durable steps a second.</param>
/// <param name="CpuUs">CPU time a step by process, in µs.</param>
/// <param name="LatencyMs">What was timed on this side; the side's name for it is with the caller.</param>
internal sealed record StepRun(double PerS, JsonObject CpuUs, JsonNode LatencyMs)
{
    public double TotalCpuUs => CpuUs.Sum(static part => part.Value?.GetValue<double>() ?? 0);
}

/// <summary>One engine's runs, by how many worked at once (cells or clients).</summary>
internal sealed class StepRuns
{
    private readonly SortedDictionary<int, List<StepRun>> _runs = [];

    public void Add(int width, StepRun run)
    {
        if (!_runs.TryGetValue(width, out var runs))
        {
            _runs[width] = runs = [];
        }

        runs.Add(run);
    }

    /// <summary>The width with the best median, and the run that is its median; null when nothing ran.</summary>
    public (int Width, StepRun Run)? Best() =>
        _runs.Count == 0 ? null : _runs.Select(static pair => (pair.Key, Run: Median(pair.Value))).MaxBy(static best => best.Run.PerS);

    /// <summary>Every run's rate, so that the spread shows, with CPU and latency of the median one.</summary>
    public JsonObject ToJson(string latency) => new(_runs.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key.ToString(), new JsonObject
    {
        ["steps_per_s"] = new JsonArray([.. pair.Value.Select(static run => Figures.Number(run.PerS))]),
        ["cpu_us_per_step"] = Figures.Number(Median(pair.Value).TotalCpuUs),
        [latency] = Median(pair.Value).LatencyMs.DeepClone(),
    })));

    // Nearest rank, as everywhere: a run that was made, not a mean of two.
    private static StepRun Median(List<StepRun> runs) => runs.OrderBy(static run => run.PerS).ElementAt((runs.Count - 1) / 2);
}
