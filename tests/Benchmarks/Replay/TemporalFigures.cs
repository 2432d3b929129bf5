using System.Text.Json.Nodes;

namespace Voxeltron.Benchmarks;

/// <param name="StepsPerS">Median of the rounds that were done; null when none was.</param>
/// <param name="Reason">Why nothing, or not every round, was measured.</param>
internal sealed record TemporalRun(double? StepsPerS, double? CpuUsPerStep, string? Reason);

/// <summary>Temporal's figures by the same lengths: as many histories as a mission has cells, together as long.</summary>
internal sealed class TemporalFigures
{
    public const string Peer = "temporal";

    private readonly JsonObject _perSecond = [];
    private readonly JsonObject _ratio = [];
    private readonly JsonObject _cpu = [];
    private readonly List<string> _reasons = [];

    public void Add(int length, double ours, TemporalRun run, TextTable table)
    {
        var key = length.ToString();
        _perSecond[key] = Figures.Number(run.StepsPerS ?? double.NaN);
        _ratio[key] = PeerFigure.Ratio(ours, run.StepsPerS ?? 0);
        _cpu[key] = Figures.Number(run.CpuUsPerStep ?? double.NaN);
        if (run.Reason is not null)
        {
            _reasons.Add($"{length}: {run.Reason}");
        }

        table.Value("Temporal: steps/s", run.StepsPerS is { } rate ? $"{rate:#,0}, CPU {run.CpuUsPerStep:#,0} µs/step" : "none: " + run.Reason);
    }

    public void AddTo(JsonObject figures)
    {
        figures["peer"] = PeerFigure.Of(Peer, _perSecond, _reasons.Count == 0 ? null : string.Join("; ", _reasons));
        figures["ratio"] = _ratio;
        figures["peer_cpu_us_per_action"] = PeerFigure.Of(Peer, _cpu, null);
    }
}
