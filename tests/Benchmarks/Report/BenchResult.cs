using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>What one benchmark measured: a table for people, figures and the settings they hold for.</summary>
internal sealed class BenchResult
{
    public TextTable Table { get; } = new();

    public JsonObject Settings { get; } = [];

    public JsonObject Figures { get; } = [];

    /// <summary>The last line of a benchmark's output: the form every reader of results relies on.</summary>
    public JsonObject ToJson(string bench, string commit, JsonObject machine) => new()
    {
        ["bench"] = bench,
        ["commit"] = commit,
        ["machine"] = machine,
        ["settings"] = Settings,
        ["figures"] = Figures,
    };
}
