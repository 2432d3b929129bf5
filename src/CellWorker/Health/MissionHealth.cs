using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>What happened to a live cell, kept by its task. Belongs to the writer section.</summary>
internal struct CellPulse
{
    public long Events;
    public long Fuel;
    public long FuelLast;
    public long LastUs;
    public long MemoryBytes;
    public string? LastEvent;

    /// <summary>It stands in the queue of those that are to be told.</summary>
    public bool IsQueued;

    /// <summary>Something was told of it: that it is gone must be told too.</summary>
    public bool WasTold;
}

/// <summary>How the cells of one mission are: what changed is told to the host's board at the end of a turn, when its round has room. Belongs to the writer section.</summary>
internal sealed class MissionHealth(HealthBoard board, StreamRef mission, HostId host, Func<string, int> waiting)
{
    /// <summary>Ended cells that may stand in the queue whatever the number of live ones.</summary>
    private const int Slack = 1_024;

    private readonly Queue<LiveTask> _changed = new();

    // Of tasks that had any: most have none.
    private readonly Dictionary<string, Troubles> _troubles = new(StringComparer.Ordinal);
    private bool _isMine;

    /// <summary>Nobody is told anything.</summary>
    public static MissionHealth Off(StreamRef mission, HostId host) => new(HealthBoard.Off, mission, host, static _ => 0);

    /// <summary>Gives the writer section a turn.</summary>
    public Action Wake { get; set; } = static () => { };

    // Hot path: per event.
    public void Acted(LiveTask live, string eventName, long fuel, long nowUs)
    {
        if (board.IsOff)
        {
            return;
        }

        ref var pulse = ref live.Pulse;
        pulse.Events++;
        pulse.Fuel += fuel;
        pulse.FuelLast = fuel;
        pulse.LastUs = nowUs;
        pulse.LastEvent = eventName;
        pulse.MemoryBytes = live.Cell.MemoryBytes;
        Changed(live);
    }

    /// <summary>Something about the cell changed that is no event: it sleeps now.</summary>
    public void Changed(LiveTask live)
    {
        if (!board.IsOff && !live.Pulse.IsQueued)
        {
            live.Pulse.IsQueued = true;
            _changed.Enqueue(live);
        }
    }

    public void Faulted(string taskKey, string code)
    {
        if (board.IsOff || Faults.Of(code) == FaultClass.None)
        {
            return;
        }

        var before = _troubles.GetValueOrDefault(taskKey);
        _troubles[taskKey] = before with { Faults = before.Faults + 1, LastFault = code };
    }

    /// <summary>Its task goes on in another cell, which is well.</summary>
    public void Replaced(string taskKey)
    {
        if (board.IsOff)
        {
            return;
        }

        var before = _troubles.GetValueOrDefault(taskKey);
        _troubles[taskKey] = before with { Replaced = before.Replaced + 1 };
    }

    /// <summary>The cell has ended.</summary>
    public void Gone(LiveTask live)
    {
        if (live.Pulse.WasTold)
        {
            board.TellGone(mission, live.Task.TaskKey);
        }
    }

    /// <summary>The task will have no other cell.</summary>
    public void Over(string taskKey) => _troubles.Remove(taskKey);

    /// <summary>At the end of a turn.</summary>
    /// <param name="live">The live task of a key: one that stands in the queue may have ended since.</param>
    public void Report(IReadOnlyDictionary<string, LiveTask> live)
    {
        if (_changed.Count == 0)
        {
            return;
        }

        if (!_isMine)
        {
            _isMine = true;
            board.Forget(mission, ofOthers: true);
        }

        if (_changed.Count > (2 * live.Count) + Slack)
        {
            DropEnded(live);
        }

        var granted = board.Claim(Math.Min(_changed.Count, live.Count));
        while (granted > 0 && _changed.TryDequeue(out var next))
        {
            next.Pulse.IsQueued = false;
            if (IsLive(live, next))
            {
                granted--;
                next.Pulse.WasTold = true;
                board.Tell(mission, Row(next));
            }
        }

        board.Return(granted);

        if (_changed.Count > 0)
        {
            board.Wait(this);
        }
    }

    /// <param name="isFinished">The mission has ended.</param>
    public void Leave(bool isFinished)
    {
        board.Leave(this, mission);
        if (isFinished)
        {
            board.Forget(mission, ofOthers: false);
        }
    }

    private static bool IsLive(IReadOnlyDictionary<string, LiveTask> live, LiveTask one) => ReferenceEquals(live.GetValueOrDefault(one.Task.TaskKey), one);

    /// <summary>Where cells come and go faster than they are told of, those that are gone must not pile up.</summary>
    private void DropEnded(IReadOnlyDictionary<string, LiveTask> live)
    {
        for (var left = _changed.Count; left > 0; left--)
        {
            var next = _changed.Dequeue();
            if (IsLive(live, next))
            {
                _changed.Enqueue(next);
            }
        }
    }

    private CellHealthRow Row(LiveTask live)
    {
        var (task, pulse) = (live.Task, live.Pulse);
        var troubles = _troubles.GetValueOrDefault(task.TaskKey);
        return new CellHealthRow(
            mission.Tenant, mission.Stream.AsMission(), task.TaskKey, live.CellId, host, task.Attempt, live.IsAsleep, pulse.Events, pulse.LastEvent ?? "start", pulse.LastUs,
            waiting(task.TaskKey), pulse.MemoryBytes, pulse.Fuel, pulse.FuelLast, troubles.Faults, task.Attempt - 1 + troubles.Replaced, troubles.LastFault);
    }

    private readonly record struct Troubles(int Faults, int Replaced, string? LastFault);
}
