using System.Collections.Concurrent;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Tasks of this host's missions that could begin and have no cell: what people see of the queue behind a full host. Thread-safe.</summary>
internal sealed class WaitingTasks
{
    private readonly ConcurrentDictionary<StreamRef, int> _byMission = new();

    public int Count
    {
        get
        {
            var sum = 0;
            foreach (var (_, count) in _byMission)
            {
                sum += count;
            }

            return sum;
        }
    }

    public void Set(StreamRef mission, int count)
    {
        if (count > 0)
        {
            _byMission[mission] = count;
        }
        else if (!_byMission.IsEmpty)
        {
            _byMission.TryRemove(mission, out _);
        }
    }
}
