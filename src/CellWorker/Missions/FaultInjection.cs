using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Answers operators who want to see a fault, and has it happen (ADR 18). The entry comes first in each case: an event's fault follows from
/// the mission's state; what the host does itself waits at the output gate until the entry is durable, so nothing is damaged that the log
/// does not know of. Belongs to the writer section.
/// </summary>
/// <param name="kill">Ends this process as by SIGKILL; null where the worker's settings do not allow it.</param>
internal sealed class FaultInjection(HostId host, MissionState state, Scrubber scrubber, Action? kill)
{
    private int _damageDue;

    /// <summary>Gives the writer section a turn.</summary>
    public Action Wake { get; set; } = static () => { };

    /// <summary>The intent is the last entry appended.</summary>
    /// <returns>Why nothing is done; null when <c>fault.injected</c> was written.</returns>
    public string? Accept(StreamWriter writer, Entry entry)
    {
        if (state.Finished || state.Spec is null)
        {
            return "mission_finished";
        }

        if (state.RequestFault(entry) is not { } request)
        {
            return MissionState.FaultUnknown;
        }

        if ((state.FaultRefusal(request, out _) ?? OwnRefusal(request.Fault)) is { } refusal)
        {
            state.RefuseFault();
            return refusal;
        }

        writer.Append(EntryBodies.FaultInjected(host, state.InjectRequested(writer.LastSeq + 1)));
        switch (request.Fault)
        {
            case InjectedFault.KilledWorker:
                writer.Hold(new Deed(kill!));
                break;
            case InjectedFault.CorruptedRow:
                writer.Hold(new Deed(() =>
                {
                    Volatile.Write(ref _damageDue, 1);
                    Wake();
                }));
                break;
        }

        return null;
    }

    /// <summary>Damages the row whose entry has become durable. Before any cell of the turn could read it, the scrubber finds it.</summary>
    /// <exception cref="VoxeltronException"><c>state_corrupt</c>, as of any damage.</exception>
    // Hot path: per turn.
    public void Turn()
    {
        if (Volatile.Read(ref _damageDue) == 0)
        {
            return;
        }

        Volatile.Write(ref _damageDue, 0);
        if (state.Store.DamageRow())
        {
            scrubber.LookAtAll(state);
        }
    }

    private string? OwnRefusal(InjectedFault fault) => fault switch
    {
        InjectedFault.KilledWorker when kill is null => "kill_not_allowed",
        // Nothing would find the damage, and cells would go on computing with it.
        InjectedFault.CorruptedRow when !state.Store.CanScrub => "scrubber_off",
        InjectedFault.CorruptedRow when state.Store.RowCount == 0 => "no_rows",
        _ => null,
    };

    private sealed class Deed(Action act) : IOutput
    {
        public void Leave() => act();
    }
}
