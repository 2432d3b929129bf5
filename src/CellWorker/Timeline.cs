using System.Collections.Concurrent;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// When each recent task reached which point, on the machine's monotonic clock (<see cref="TimeProvider.GetTimestamp"/>:
/// CLOCK_MONOTONIC, the same in every process of a machine). Off by default (<c>worker.timeline</c>); benchmarks and an
/// operator hunting a delay read it at <c>/timeline</c>. Bounded; telemetry, never evidence.
/// </summary>
internal sealed class Timeline(bool enabled)
{
    /// <summary>Tasks remembered; older ones are overwritten.</summary>
    private const int Capacity = 131_072;

    private readonly TaskTimes[] _tasks = enabled ? new TaskTimes[Capacity] : [];
    private readonly ConcurrentDictionary<StreamRef, DurablePoints> _durable = new();
    private long _next;

    public bool Enabled => enabled;

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
            _durable.GetOrAdd(stream, static _ => new DurablePoints()).Add(seq, timestamp);
        }
    }

    /// <summary>The tasks of one mission, each with the durable times of its entries; 0 where not durable yet.</summary>
    public IEnumerable<object> Read(StreamRef stream)
    {
        if (!_durable.TryGetValue(stream, out var durable))
        {
            yield break;
        }

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
                    dispatch_durable = durable.At(task.DispatchSeq),
                    boot_durable = durable.At(task.BootSeq),
                    end_durable = durable.At(task.EndSeq),
                };
            }
        }
    }

    private sealed class DurablePoints
    {
        private readonly Lock _gate = new();
        private readonly List<(long Seq, long Timestamp)> _points = [];

        public void Add(long seq, long timestamp)
        {
            lock (_gate)
            {
                _points.Add((seq, timestamp));
            }
        }

        public long At(long seq)
        {
            lock (_gate)
            {
                var at = _points.BinarySearch((seq, long.MinValue));
                at = at < 0 ? ~at : at;
                return at < _points.Count ? _points[at].Timestamp : 0;
            }
        }
    }
}

/// <summary>One task attempt; timestamps, and the seqs whose durability completes each point.</summary>
/// <param name="Claimed">The owner had read the inbox row that released it; 0 for a dependent.</param>
internal readonly record struct TaskTimes(
    StreamRef Stream, string TaskKey, int Attempt, long Claimed, long Began, long Ready, long Running, long Ended, long DispatchSeq, long BootSeq, long EndSeq);
