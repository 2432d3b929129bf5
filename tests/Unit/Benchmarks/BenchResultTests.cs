using System.Text.Json;
using System.Text.Json.Nodes;
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

    [Fact]
    public void Steps_stand_beside_the_peers_with_their_ratio_and_the_best_median_of_each()
    {
        var (ours, peer) = (new StepRuns(), new StepRuns());
        foreach (var (width, rate) in new[] { (1, 50_000.0), (16, 70_000), (16, 60_000), (16, 80_000) })
        {
            ours.Add(width, Run(rate));
        }

        peer.Add(64, Run(1_750));
        using var json = JsonDocument.Parse(StepsFigures.Of(ours, "release_ms", peer, "invocation_ms", reason: null).ToJsonString());
        var root = json.RootElement;
        Assert.Equal(["steps_per_s", "peer", "ratio", "cpu_us_per_step", "runs"], Names(root));
        Assert.Equal(70_000, root.GetProperty("steps_per_s").GetDouble());
        Assert.Equal(["restate"], Names(root.GetProperty("peer")));
        Assert.Equal(1_750, root.GetProperty("peer").GetProperty("restate").GetDouble());
        Assert.Equal(40, root.GetProperty("ratio").GetDouble());
        Assert.Equal(30, root.GetProperty("cpu_us_per_step").GetProperty("ours").GetProperty("total").GetDouble());
        Assert.Equal(30, root.GetProperty("cpu_us_per_step").GetProperty("restate").GetProperty("total").GetDouble());
        Assert.Equal(3, root.GetProperty("runs").GetProperty("ours").GetProperty("16").GetProperty("steps_per_s").GetArrayLength());

        static StepRun Run(double perS) => new(perS, new() { ["worker"] = 10.0, ["postgres"] = 20.0 }, Figures.Latency(new Distribution([1])));
    }

    [Fact]
    public void A_peer_that_cannot_run_is_null_with_the_reason()
    {
        var ours = new StepRuns();
        ours.Add(16, new StepRun(70_000, [], new JsonObject()));
        using var json = JsonDocument.Parse(StepsFigures.Of(ours, "release_ms", new StepRuns(), "invocation_ms", "npm is not on this machine").ToJsonString());
        var root = json.RootElement;
        Assert.Equal(70_000, root.GetProperty("steps_per_s").GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("peer").GetProperty("restate").ValueKind);
        Assert.Equal("npm is not on this machine", root.GetProperty("peer").GetProperty("reason").GetString());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("ratio").ValueKind);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("cpu_us_per_step").GetProperty("restate").ValueKind);
    }

    [Fact]
    public void A_replay_names_the_lengths_its_peer_was_cut_at()
    {
        var (peer, figures) = (new TemporalFigures(), new JsonObject());
        peer.Add(1_000, 20_000, new TemporalRun(1_000, 900, null), new TextTable());
        peer.Add(10_000, 40_000, new TemporalRun(null, null, "cut after 120 s with 0 of 5 rounds done"), new TextTable());
        peer.AddTo(figures);
        using var json = JsonDocument.Parse(figures.ToJsonString());
        var root = json.RootElement;
        Assert.Equal(["peer", "ratio", "peer_cpu_us_per_action"], Names(root));
        var temporal = root.GetProperty("peer").GetProperty("temporal");
        Assert.Equal(["1000", "10000"], Names(temporal));
        Assert.Equal(1_000, temporal.GetProperty("1000").GetDouble());
        Assert.Equal(JsonValueKind.Null, temporal.GetProperty("10000").ValueKind);
        Assert.Equal("10000: cut after 120 s with 0 of 5 rounds done", root.GetProperty("peer").GetProperty("reason").GetString());
        Assert.Equal(20, root.GetProperty("ratio").GetProperty("1000").GetDouble());
        Assert.Equal(JsonValueKind.Null, root.GetProperty("ratio").GetProperty("10000").ValueKind);
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(static member => member.Name);
}
