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
    private readonly WarmBudget _budget;
    private readonly CellEngine _engine;
    private readonly MissionId _mission;
    private readonly TimeProvider _clock;
    private readonly LinkedList<LiveTask> _idle = new();

    public MissionSleep(WarmBudget budget, CellEngine engine, MissionId mission, TimeProvider clock)
    {
        (_budget, _engine, _mission, _clock) = (budget, engine, mission, clock);
        Pool = new WarmPool(engine, budget);
        budget.Enter(Warmth);
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

    /// <summary>Puts away what the host asked for, as much as one turn may take.</summary>
    public void Turn()
    {
        var asked = Math.Min(Warmth.Asked, WarmBudget.SleepsPerTurn);
        var put = 0;
        while (put < asked && TryFree())
        {
            put++;
        }

        if (asked > 0)
        {
            // One that could not be put away now (the spool is full) is asked for again when it still is too much.
            Warmth.Done(put, all: put < asked || _idle.Count + Pool.Count == 0);
        }
    }

    /// <summary>Tells the host how many wait.</summary>
    public void Tell() => Warmth.Tell(_idle.Count + Pool.Count, Pool.Count > 0 ? 0 : _idle.First?.Value.IdleSince ?? 0);

    /// <summary>A slot is free for one more cell, or was made free by putting one of this mission's away.</summary>
    public bool MakeRoom()
    {
        if (_engine.HasCapacity || TryFree())
        {
            return true;
        }

        _budget.Lack();
        return false;
    }

    /// <summary>Wakes a cell that sleeps.</summary>
    // Hot path: per event of a cell that slept.
    public WakeOutcome Wake(LiveTask live)
    {
        if (!live.IsAsleep)
        {
            return WakeOutcome.Awake;
        }

        if (!MakeRoom())
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

            var cell = Cell.Wake(_engine, live.Module, live.CellId, live.Task.Profile, new BootClock(_clock), image);
            live.Wake(new CellDelivery(cell, _mission, live.Task.TaskKey, live.Task.ItemKey, live.Task.Attempt, live.Task.IsLong));
            _budget.WokeCell();
            return WakeOutcome.Awake;
        }
        catch (CellBootException full) when (full.FaultCode == TaskExecution.NoCapacity)
        {
            // Another mission took the place.
            _budget.Lack();
            return WakeOutcome.NoRoom;
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

    private WakeOutcome Lost()
    {
        _budget.LostImage();
        return WakeOutcome.Lost;
    }

    private bool TryFree() => Pool.GiveBack() || TryPutAway();

    /// <summary>The cell that has waited longest becomes an image.</summary>
    private bool TryPutAway()
    {
        if (!_budget.HasRoom || _idle.First is not { } node)
        {
            return false;
        }

        var live = node.Value;
        if (!live.Cell.TryCapture(out var image))
        {
            return false;
        }

        using (image)
        {
            if (_budget.Spool!.TryStore(image.Bytes) is not { } place)
            {
                return false;
            }

            Forget(live);
            live.Sleep(_budget.Spool, place);
            Slept(live);
            return true;
        }
    }
}
