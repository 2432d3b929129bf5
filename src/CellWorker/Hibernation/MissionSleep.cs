using System.Buffers;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>What became of a cell that was to be awake.</summary>
internal enum WakeOutcome
{
    /// <summary>It is.</summary>
    Awake,

    /// <summary>No slot is free, and no other cell of the mission could be put away for it. Nothing happened.</summary>
    NoRoom,

    /// <summary>Its image cannot be read: the cell is lost.</summary>
    Lost,
}

/// <summary>The cells of one mission that wait: which of them are put away, and how they come back. Belongs to the writer section.</summary>
internal sealed class MissionSleep : IDisposable
{
    /// <summary>Written to the spool in one turn, whatever the number of images.</summary>
    private const long MostBytesPerTurn = 4L << 20;

    /// <summary>Cells that are tried when the one that has waited longest cannot be put away.</summary>
    private const int MostTries = 4;

    private readonly WarmBudget _budget;
    private readonly CellEngine _engine;
    private readonly MissionId _mission;
    private readonly TimeProvider _clock;
    private readonly LinkedList<LiveTask> _idle = new();
    private bool _isEntered;
    private bool _isStuck;

    public MissionSleep(WarmBudget budget, CellEngine engine, MissionId mission, TimeProvider clock)
    {
        (_budget, _engine, _mission, _clock) = (budget, engine, mission, clock);
        Pool = new WarmPool(engine, budget);
    }

    /// <summary>Instances nobody has taken: they go before any cell is put away.</summary>
    public WarmPool Pool { get; }

    public MissionWarmth Warmth { get; } = new();

    /// <summary>Called when a cell was put away.</summary>
    public Action<LiveTask> Slept { get; init; } = static _ => { };

    /// <summary>More is to be put away than one turn does.</summary>
    public bool IsAsked => Warmth.Asked > 0;

    /// <summary>The cell waits from now on.</summary>
    // Hot path: per action of a waiting task.
    public void Waits(LiveTask live)
    {
        if (_budget.Spool is null || live.Module.NotCaptured is not null)
        {
            return;
        }

        _isStuck = false;
        live.IdleSince = _clock.GetTimestamp();
        if (live.Idle is { } node)
        {
            _idle.Remove(node);
            _idle.AddLast(node);
        }
        else
        {
            live.Idle = _idle.AddLast(live);
        }
    }

    /// <summary>The cell ends, or has something to do.</summary>
    public void Forget(LiveTask live)
    {
        if (live.Idle is { } node)
        {
            _idle.Remove(node);
            live.Idle = null;
        }
    }

    /// <summary>Puts one away that waits and will for long, without being asked; where that cannot be, it waits as others do.</summary>
    public void Release(LiveTask live)
    {
        if (live.Idle is not null && _budget.MayPutAway(forWake: false))
        {
            TryPutAway(live, out _);
        }
    }

    /// <summary>Puts away what the host asked for, as much as one turn may take.</summary>
    public void Turn()
    {
        var asked = Math.Min(Warmth.Asked, WarmBudget.SleepsPerTurn);
        if (asked == 0)
        {
            return;
        }

        var put = 0;
        for (var bytes = 0L; put < asked && bytes < MostBytesPerTurn && TryFree(forWake: false, out var size); bytes += size)
        {
            put++;
        }

        // One that could not be put away now (the spool is full) is asked for again when it still is too much, other missions before it.
        _isStuck = put == 0;
        Warmth.Done(put, all: _isStuck || _idle.Count + Pool.Count == 0);
    }

    /// <summary>Tells the host how many wait.</summary>
    public void Tell()
    {
        var idle = _isStuck ? 0 : _idle.Count + Pool.Count;
        if (idle > 0 && !_isEntered)
        {
            _isEntered = true;
            _budget.Enter(Warmth);
        }

        Warmth.Tell(idle, Pool.Count > 0 ? 0 : _idle.First?.Value.IdleSince ?? 0);
    }

    /// <summary>
    /// Takes a slot for a cell that begins or wakes; if need be that of an instance nobody has taken, or of a cell of this mission that
    /// waits. A host that is short of memory or mappings takes no further cell, and puts none away for one: what a slot holds it keeps. A cell
    /// that wakes there changes places with another.
    /// </summary>
    /// <param name="forWake">It was taken before and sleeps: it may go beyond what the spool has for cells that begin, since it leaves its own room there.</param>
    /// <returns>Null when there is none; the host then asks other missions for one.</returns>
    public CellPlace? TryReserve(bool forWake)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var isTight = !_engine.HasSuccession;
            if (!isTight && _engine.TryReserve() is { } free)
            {
                return free;
            }

            if ((isTight && !forWake) || !TryFree(forWake, out _))
            {
                break;
            }

            if (isTight && _engine.TryReserve(evenIfTight: true) is { } changed)
            {
                return changed;
            }
        }

        _budget.Lack();
        return null;
    }

    /// <summary>A cell that wakes would find a slot, as things stand.</summary>
    public bool MayReserve => _engine.HasCapacity || Pool.Count > 0 || (_idle.Count > 0 && _budget.MayPutAway(forWake: true));

    /// <summary>Wakes a cell that sleeps.</summary>
    // Hot path: per event of a cell that slept.
    public WakeOutcome Wake(LiveTask live)
    {
        if (!live.IsAsleep)
        {
            return WakeOutcome.Awake;
        }

        using var room = TryReserve(forWake: true);
        if (room is null)
        {
            return WakeOutcome.NoRoom;
        }

        var place = live.Image;
        var rented = ArrayPool<byte>.Shared.Rent(place.Length);
        var image = rented.AsSpan(0, place.Length);
        try
        {
            if (!_budget.Spool!.TryRead(place, image))
            {
                return Lost();
            }

            var cell = Cell.Wake(_engine, live.Module, live.CellId, live.Task.Profile, new BootClock(_clock), image, room);
            live.Wake(new CellDelivery(cell, _mission, live.Task.TaskKey, live.Task.ItemKey, live.Task.Attempt, live.Task.IsLong));
            _budget.WokeCell();
            return WakeOutcome.Awake;
        }
        catch (CellBootException)
        {
            return Lost();
        }
        finally
        {
            image.Clear();
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void Dispose()
    {
        _budget.Leave(Warmth);
        _idle.Clear();
        Pool.Dispose();
    }

    /// <summary>Puts away every cell that can be, now: the mission pays for none that is awake.</summary>
    public void PutAwayAll()
    {
        for (var left = _idle.Count; left > 0 && _budget.MayPutAway(forWake: false) && _idle.First is { } node; left--)
        {
            if (!TryPutAway(node.Value, out _))
            {
                _idle.Remove(node);
                _idle.AddLast(node);
            }
        }
    }

    private WakeOutcome Lost()
    {
        _budget.LostImage();
        return WakeOutcome.Lost;
    }

    private bool TryFree(bool forWake, out int imageBytes)
    {
        imageBytes = 0;
        return Pool.GiveBack() || TryPutAway(forWake, out imageBytes);
    }

    /// <summary>The cell that has waited longest becomes an image; one that cannot now lets the next ones try.</summary>
    private bool TryPutAway(bool forWake, out int imageBytes)
    {
        imageBytes = 0;
        if (!_budget.MayPutAway(forWake))
        {
            return false;
        }

        for (var tries = 0; tries < MostTries && _idle.First is { } node; tries++)
        {
            if (TryPutAway(node.Value, out imageBytes))
            {
                return true;
            }

            _idle.Remove(node);
            _idle.AddLast(node);
        }

        return false;
    }

    private bool TryPutAway(LiveTask live, out int imageBytes)
    {
        imageBytes = 0;
        // One whose entries are not signed yet acts within the second.
        if (live.HasUnsealed || !live.Cell.TryCapture(out var image))
        {
            return false;
        }

        using (image)
        {
            if (_budget.Spool!.TryStore(image.Bytes) is not { } place)
            {
                return false;
            }

            imageBytes = place.Length;
            Forget(live);
            live.Sleep(_budget.Spool, place);
            Slept(live);
            return true;
        }
    }
}
