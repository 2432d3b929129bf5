using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <summary>What one benchmark measured: a table for people, figures and the settings they hold for.</summary>
internal sealed class BenchResult
{
    public TextTable Table { get; } = new();

    public JsonObject Settings { get; } = [];

    public JsonObject Figures { get; } = [];
}
