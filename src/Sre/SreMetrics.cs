using System.Diagnostics.Metrics;

namespace Voxeltron.Sre;

/// <summary>Figures of the operator itself.</summary>
internal sealed class SreMetrics : IDisposable
{
    private readonly Meter _meter = new("Voxeltron.Sre");
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _missed;
    private readonly Histogram<double> _gather;
    private long _concerns;

    public SreMetrics()
    {
        _rounds = _meter.CreateCounter<long>("rounds", null, "Rounds in which all functions answered.");
        _missed = _meter.CreateCounter<long>("rounds_missed", null, "Rounds lost because the database did not answer.");
        _gather = _meter.CreateHistogram<double>("gather_ms", "ms", "Time to invoke all functions once.");
        _meter.CreateObservableGauge("concerns", () => Volatile.Read(ref _concerns), null, "Concerns in the latest round.");
    }

    public void Looked(ShadowView view)
    {
        _rounds.Add(1);
        _gather.Record(view.GatherMs);
        Volatile.Write(ref _concerns, view.Concerns.Count);
    }

    public void Missed() => _missed.Add(1);

    public void Dispose() => _meter.Dispose();
}
