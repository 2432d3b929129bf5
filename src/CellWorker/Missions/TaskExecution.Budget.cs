namespace Voxeltron.CellWorker;

// Events that the mission's budget does not pay for, and memory that is kept only while it does.
internal sealed partial class TaskExecution
{
    // Tasks of which an event is due that is not paid for.
    private readonly HashSet<string> _unpaid = new(StringComparer.Ordinal);

    /// <summary>The budget was topped up: what was not paid for stands in the order again.</summary>
    public void Paid()
    {
        foreach (var taskKey in _unpaid)
        {
            Requeue(taskKey);
        }

        _unpaid.Clear();
    }

    /// <summary>Kilobytes of memory that cells which wait, and instances which are kept ready, have at this moment.</summary>
    public long WarmKib
    {
        get
        {
            var bytes = _sleep.Pool.Bytes;
            foreach (var live in _live.Values)
            {
                bytes += live.IsAsleep ? 0 : live.Cell.MemoryBytes;
            }

            return bytes / 1024;
        }
    }

    /// <summary>Nothing is paid for any more that waits: instances are let go, cells sign what they did, since nothing else may come for long, and are put away as far as they can be.</summary>
    public void Cool(StreamWriter writer)
    {
        foreach (var live in _live.Values)
        {
            if (live.HasUnsealed)
            {
                writer.SealCell(live.Seal(clock.GetTimestamp()));
            }
        }

        while (_sleep.Pool.GiveBack())
        {
        }

        _sleep.PutAwayAll();
    }

    private bool MayDeliver(string taskKey)
    {
        if (state.Machine.MayDeliver(taskKey))
        {
            return true;
        }

        _unpaid.Add(taskKey);
        return false;
    }

    private void Requeue(string taskKey)
    {
        state.Timers.Requeue(taskKey);
        state.Requests.Requeue(taskKey);
        state.Store.Views.Cursors.Requeue(taskKey);
    }
}
