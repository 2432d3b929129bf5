using Voxeltron.Cells.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>An injected fault: the event is given to the saboteur in this cell's place, and ends the cell.</summary>
public sealed partial class Cell
{
    /// <summary>Between two looks at whether the cell is to end, while it stands still.</summary>
    private static readonly TimeSpan s_stallStep = TimeSpan.FromMilliseconds(20);

    /// <summary>How far a slow host call goes beyond the watchdog.</summary>
    private static readonly TimeSpan s_stallBeyond = TimeSpan.FromMilliseconds(500);

    /// <summary>Should the watchdog itself be late, which a crowded machine can make it.</summary>
    private const int MostStalls = 100;

    private int _stalls;

    /// <summary>
    /// The module's instance goes and the saboteur comes: the cell keeps its place on the host, its limits, its transaction and its event.
    /// It would not outlive a fault anyway. What comes of it follows from fault and profile alone, so a replay comes to the same.
    /// </summary>
    private GuestFault Sabotage(InjectedFault injected, long fuel)
    {
        _instance.Dispose();
        if (CellInstance.Create(_engine.Handle, _engine.Saboteur.Pre, _scope, Profile.MemoryLimitBytes, Profile.TableElements, out var failure) is not { } saboteur)
        {
            return new GuestFault(AbortCodes.HostError, $"The saboteur was not instantiated: {failure}");
        }

        _instance = saboteur;
        if (!saboteur.TryFind(Saboteur.ExportOf(injected), out var export))
        {
            return new GuestFault(AbortCodes.HostError, $"The saboteur exports no {injected.Word()}.");
        }

        saboteur.Arm((ulong)fuel, _engine.WatchdogTicks);
        _scope.Stall = Stall;
        _scope.Activate();
        Span<RawValue> values = stackalloc RawValue[1];
        values.Clear();
        var fault = saboteur.Call(export, values);
        _scope.Deactivate();

        // It came back: as an allocator does that got no more memory. The others never do.
        return fault ?? (injected == InjectedFault.Memory
            ? new GuestFault(AbortCodes.AllocFailed, $"The guest took all {Profile.MemoryLimitBytes} bytes its profile grants, and asked for more.")
            : new GuestFault(AbortCodes.HostError, $"The injected fault '{injected.Word()}' did not happen."));
    }

    /// <summary>Holds this cell's thread and nobody else's, for a bounded time; less when the cell is to end.</summary>
    private void Stall()
    {
        if (++_stalls > MostStalls)
        {
            throw new InvariantException($"The watchdog did not stop cell {Id}.");
        }

        var left = _stalls == 1 ? _engine.Options.WatchdogLimit + s_stallBeyond : s_stallStep;
        for (; left > TimeSpan.Zero && Volatile.Read(ref _phase) == Running; left -= s_stallStep)
        {
            Thread.Sleep(s_stallStep);
        }
    }
}
