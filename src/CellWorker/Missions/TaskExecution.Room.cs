using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

// Slots: what is reserved for a cell that begins, what is made ready, what sleeps, and whose event waits for one.
internal sealed partial class TaskExecution
{
    // Tasks whose event is due and whose cell found no slot.
    private readonly HashSet<string> _aside = new(StringComparer.Ordinal);
    private CellPlace? _place;

    /// <summary>
    /// The host has a place for one more cell, if need be that of a cell of this mission that waits and now sleeps. Asked before a task is
    /// taken: an attempt spent on a full host would count as the task's.
    /// </summary>
    public bool Reserve()
    {
        if (_place is null && keys.HasRoom)
        {
            _place = _sleep.TryReserve(forWake: false);
        }

        return _place is not null;
    }

    /// <summary>Events that were set aside stand in the order again when a slot could be had: before that they would only be met in vain.</summary>
    private void BringBack()
    {
        if (_aside.Count == 0 || !_sleep.MayReserve)
        {
            return;
        }

        foreach (var taskKey in _aside)
        {
            Requeue(taskKey);
        }

        _aside.Clear();
    }

    /// <summary>What was reserved is not needed.</summary>
    public void Release()
    {
        _place?.Dispose();
        _place = null;
    }

    /// <summary>What the host knows of this mission's cells that wait, and asks of it.</summary>
    public MissionWarmth Warmth => _sleep.Warmth;

    /// <summary>What is told of them.</summary>
    public MissionHealth Health => _health;

    /// <summary>What its cells ask for outside; null where nobody can.</summary>
    public MissionRequests? Requests => requests;

    /// <summary>Tasks whose event is due and whose cell could not be woken: the host has no slot for them at this moment.</summary>
    public int SetAside => _aside.Count;

    /// <summary>Timers that were set aside so, ever: a task may have several that are due.</summary>
    public long TimersSetAside { get; private set; }

    /// <summary>Makes instances ready that the spec asks for, between other work.</summary>
    /// <param name="current">The version a declared module runs in; null while it cannot be booted.</param>
    /// <returns>Whether more is to be made.</returns>
    public bool FillPool(Func<ModuleDigest, CellModule?> current)
    {
        _sleep.Pool.Keep(state.Machine.Modules.All.Select(static version => version.Current));
        return _sleep.Pool.Fill(state.Spec!, current);
    }

    /// <summary>Puts away cells that wait, as the host asked.</summary>
    /// <returns>Whether more is to be put away.</returns>
    public bool Sleep()
    {
        BringBack();
        _sleep.Turn();
        return _sleep.IsAsked;
    }

    /// <summary>A cell may be booted that replaces another. One that sleeps has no slot to give: its successor needs one.</summary>
    public bool HasRoomToReplace(string taskKey) => runner.Engine.HasSuccession && keys.HasRoom && (!_live[taskKey].IsAsleep || HasRoomToSucceed());

    private bool HasRoomToSucceed()
    {
        using var place = _sleep.TryReserve(forWake: true);
        return place is not null;
    }
}
