namespace Voxeltron.CellWorker;

/// <summary>
/// How long actions take, how soon a change of a view reaches the cells that follow it, and how long outputs wait, over all
/// missions of the host, since the last reset. Kept only with <c>worker.timeline</c>; telemetry, never evidence.
/// </summary>
internal sealed class ActionTimes(bool enabled, TimeProvider clock)
{
    // Writer sections of several missions record side by side.
    private readonly Lock _gate = new();
    private readonly LatencyHistogram _action = new();
    private readonly LatencyHistogram _release = new();
    private readonly LatencyHistogram _delta = new();
    private readonly LatencyHistogram _swap = new();

    public bool Enabled => enabled;

    /// <summary>A clock reading, or 0 when nobody asks.</summary>
    public long Now() => enabled ? clock.GetTimestamp() : 0;

    /// <summary>An event was delivered at <paramref name="began"/> and is now committed in memory and appended.</summary>
    public void Acted(long began)
    {
        if (enabled)
        {
            var ticks = clock.GetTimestamp() - began;
            lock (_gate)
            {
                _action.Record(ticks);
            }
        }
    }

    /// <summary>A cell's <c>on_delta</c> was entered; the first change that somebody waited for came of a handler that had returned at <paramref name="changed"/>.</summary>
    public void Told(long changed, long entered)
    {
        if (enabled && changed != 0)
        {
            lock (_gate)
            {
                _delta.Record(entered - changed);
            }
        }
    }

    /// <summary>A reload began to replace a cell at <paramref name="began"/>; its successor is ready now, and the old one is gone.</summary>
    public void Swapped(long began)
    {
        if (enabled)
        {
            var ticks = clock.GetTimestamp() - began;
            lock (_gate)
            {
                _swap.Record(ticks);
            }
        }
    }

    /// <summary>The gate opened for entries whose group's first was appended at <paramref name="appended"/>: for the later ones the wait is overstated.</summary>
    public void Released(long appended, int entries, long now)
    {
        if (enabled)
        {
            lock (_gate)
            {
                _release.Record(now - appended, entries);
            }
        }
    }

    public object Read(bool reset)
    {
        lock (_gate)
        {
            var perUs = 1e6 / clock.TimestampFrequency;
            var read = new
            {
                action_us = Describe(_action.Summary(perUs)),
                release_ms = Describe(_release.Summary(perUs / 1e3)),
                delta_us = Describe(_delta.Summary(perUs)),
                swap_us = Describe(_swap.Summary(perUs)),
            };
            if (reset)
            {
                _action.Clear();
                _release.Clear();
                _delta.Clear();
                _swap.Clear();
            }

            return read;
        }
    }

    private static object Describe(LatencySummary s) => new { p50 = s.P50, p90 = s.P90, p99 = s.P99, p999 = s.P999, max = s.Max, n = s.N };
}
