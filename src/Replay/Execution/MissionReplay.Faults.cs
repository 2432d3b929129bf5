using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Injected faults: each answers an intent that stands directly before it, and nothing else arms a cell. What an armed cell's event comes
// to is executed again like any other; what the host did by itself left nothing to execute.
public sealed partial class MissionReplay
{
    private void Injected(Entry entry)
    {
        if (_state.RequestedFault is null)
        {
            Diverge(entry, "fault", entry.Body.ToString(), "nobody asked for a fault");
            return;
        }

        var injected = _state.InjectRequested(entry.Header.Seq);
        Link(entry, EntryBodies.FaultInjected(RecordedBodies.Host(entry.Header), injected).Body);
    }

    /// <summary>A host may refuse a fault that was asked for; it may not leave it unanswered, to do it at a time of its own.</summary>
    private bool IsAnswered(Entry entry)
    {
        if (_state.RequestedFault is null || entry.Header.Kind is EntryKinds.FaultInjected or EntryKinds.IntentRefused or EntryKinds.EpochBegan)
        {
            return true;
        }

        Diverge(entry, "fault", entry.Header.Kind, $"an answer to the fault asked for at seq {Text(_state.RequestedFault.Seq)}");
        return false;
    }
}
