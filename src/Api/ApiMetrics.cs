using System.Diagnostics.Metrics;

namespace Voxeltron.Api;

/// <summary>What the Api counts. Telemetry for operators; no tenant appears as a label, since /metrics asks for no key.</summary>
internal sealed class ApiMetrics : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly Meter _meter = new("Voxeltron.Api");
    private readonly Histogram<double> _inboxCommit;
    private readonly Counter<long> _inboxRows;
    private readonly UpDownCounter<long> _streams;

    public ApiMetrics(TimeProvider clock)
    {
        _clock = clock;
        _inboxCommit = _meter.CreateHistogram<double>("inbox_commit_ms", "ms", "One inbox transaction, from the queue's point of view.");
        _inboxRows = _meter.CreateCounter<long>("inbox_submissions", null, "Submissions settled: written, attached or in conflict.");
        _streams = _meter.CreateUpDownCounter<long>("event_streams", null, "Clients that follow a mission by SSE now.");
    }

    public long Now() => _clock.GetTimestamp();

    public void InboxCommitted(long started, int submissions)
    {
        _inboxCommit.Record(_clock.GetElapsedTime(started).TotalMilliseconds);
        _inboxRows.Add(submissions);
    }

    public void StreamOpened() => _streams.Add(1);

    public void StreamClosed() => _streams.Add(-1);

    public void Dispose() => _meter.Dispose();
}
