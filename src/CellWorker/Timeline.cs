using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// When each recent task reached which point, on the machine's monotonic clock (<see cref="TimeProvider.GetTimestamp"/>:
/// CLOCK_MONOTONIC, the same in every process of a machine). Off by default (<c>worker.timeline</c>); benchmarks and an
/// operator hunting a delay read it at <c>/timeline</c>. Bounded; telemetry, never evidence.
/// </summary>
internal sealed class Timeline(bool enabled, TimeProvider? clock = null)
{
    /// <summary>Tasks remembered, and commits of streams; older ones are overwritten.</summary>
    public const int Capacity = 131_072;

    private readonly TaskTimes[] _tasks = enabled ? new TaskTimes[Capacity] : [];
    private readonly Lock _gate = new();

    // Both guarded by _gate. One ring for all streams: however many come and go, it is no longer.
    private readonly DurablePoint[] _durable = enabled ? new DurablePoint[Capacity] : [];
    private long _points;
    private long _next;

    public bool Enabled => enabled;

    public ActionTimes Actions { get; } = new(enabled, clock ?? TimeProvider.System);

    public void Add(in TaskTimes times)
    {
        if (enabled)
        {
            _tasks[Interlocked.Increment(ref _next) % Capacity] = times;
        }
    }

    /// <summary>Entries up to <paramref name="seq"/> became durable at <paramref name="timestamp"/>.</summary>
    public void Durable(StreamRef stream, long seq, long timestamp)
    {
        if (enabled)
        {
            lock (_gate)
            {
                _durable[_points++ % Capacity] = new DurablePoint(stream, seq, timestamp);
            }
        }
    }

    /// <summary>The tasks of one mission, each with the durable times of its entries; 0 where not durable yet, or no longer known.</summary>
    public IEnumerable<object> Read(StreamRef stream)
    {
        var (points, whole) = PointsOf(stream);
        foreach (var task in _tasks)
        {
            if (task.Stream == stream)
            {
                yield return new
                {
                    task = task.TaskKey,
                    attempt = task.Attempt,
                    claimed = task.Claimed,
                    began = task.Began,
                    ready = task.Ready,
                    running = task.Running,
                    ended = task.Ended,
                    dispatch_durable = At(points, whole, task.DispatchSeq),
                    boot_durable = At(points, whole, task.BootSeq),
                    end_durable = At(points, whole, task.EndSeq),
                };
            }
        }
    }

    /// <summary>The durable points of one stream that are still remembered, in order of seq.</summary>
    private (List<(long Seq, long Timestamp)> Points, bool Whole) PointsOf(StreamRef stream)
    {
        var points = new List<(long, long)>();
        lock (_gate)
        {
            var first = Math.Max(0, _points - _durable.Length);
            for (var i = first; i < _points; i++)
            {
                ref readonly var point = ref _durable[i % _durable.Length];
                if (point.Stream == stream)
                {
                    points.Add((point.Seq, point.Timestamp));
                }
            }

            return (points, first == 0);
        }
    }

    /// <summary>When the entry became durable: with the first point at or after it. Unless all points are kept, the first one kept may stand for more than it covered.</summary>
    private static long At(List<(long Seq, long Timestamp)> points, bool whole, long seq)
    {
        var at = points.BinarySearch((seq, long.MinValue));
        at = at < 0 ? ~at : at;
        return at < points.Count && (at > 0 || whole) ? points[at].Timestamp : 0;
    }

    private readonly record struct DurablePoint(StreamRef Stream, long Seq, long Timestamp);
}

/// <summary>One task attempt; timestamps, and the seqs whose durability completes each point.</summary>
/// <param name="Claimed">The owner had read the inbox row that released it; 0 for a dependent.</param>
internal readonly record struct TaskTimes(
    StreamRef Stream, string TaskKey, int Attempt, long Claimed, long Began, long Ready, long Running, long Ended, long DispatchSeq, long BootSeq, long EndSeq);
