using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>How figures look in the result's JSON. Units are in the names the caller gives.</summary>
internal static class Figures
{
    private const int Decimals = 3;

    public static JsonObject Latency(Distribution sample) => new()
    {
        ["p50"] = Number(sample.P50),
        ["p90"] = Number(sample.P90),
        ["p99"] = Number(sample.P99),
        ["p999"] = Number(sample.P999),
        ["max"] = Number(sample.Max),
        ["n"] = sample.Count,
    };

    /// <summary>JSON has no NaN: nothing measured is null.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? Math.Round(value, Decimals) : null;
}
