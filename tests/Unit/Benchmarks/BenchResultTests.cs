using System.Text.Json;
using Voxeltron.Benchmarks;
using Xunit;

namespace Voxeltron.Tests.Unit.Benchmarks;

/// <summary>Goal: whoever compares results of two commits finds the same names. Method: one result, read back as its readers do.</summary>
public sealed class BenchResultTests
{
    [Fact]
    public void A_result_is_one_line_with_bench_commit_machine_settings_and_figures()
    {
        var result = new BenchResult();
        result.Settings["quick"] = true;
        result.Figures["dispatch_ready_ms"] = Figures.Latency(new Distribution(Enumerable.Range(1, 1000).Select(static i => i / 7.0)));
        result.Figures["entries_per_s"] = Figures.Number(1234.5678);
        var line = result.ToJson("boot", "0123", new() { ["cpus"] = 2 }).ToJsonString();

        Assert.DoesNotContain('\n', line);
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal(["bench", "commit", "machine", "settings", "figures"], Names(root));
        Assert.Equal("boot", root.GetProperty("bench").GetString());
        Assert.Equal(2, root.GetProperty("machine").GetProperty("cpus").GetInt32());
        Assert.True(root.GetProperty("settings").GetProperty("quick").GetBoolean());
        Assert.Equal(1234.568, root.GetProperty("figures").GetProperty("entries_per_s").GetDouble());

        var latency = root.GetProperty("figures").GetProperty("dispatch_ready_ms");
        Assert.Equal(["p50", "p90", "p99", "p999", "max", "n"], Names(latency));
        Assert.Equal(1000, latency.GetProperty("n").GetInt32());
        Assert.Equal(142.857, latency.GetProperty("max").GetDouble());
    }

    [Fact]
    public void Nothing_measured_is_null_and_no_number()
    {
        using var json = JsonDocument.Parse(Figures.Latency(new Distribution([])).ToJsonString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("p50").ValueKind);
        Assert.Equal(0, json.RootElement.GetProperty("n").GetInt32());
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(static member => member.Name);
}
