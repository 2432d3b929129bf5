using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Restart policies: a host can neither leave out an incident nor make one up, nor call a fault by another name.
public sealed partial class MissionReplay
{
    /// <summary>
    /// An incident that is due is the next entry, so that no dispatch can come before it; only the epoch of a new owner may, who finds
    /// it due. And an abort names the class of its code.
    /// </summary>
    private bool IsInTurn(Entry entry)
    {
        if (_state.Spec is null)
        {
            return true;
        }

        if (_state.Machine.DueIncident is { } due
            && entry.Header.Kind is not (EntryKinds.IncidentOpened or EntryKinds.IncidentClosed or EntryKinds.EpochBegan))
        {
            Diverge(entry, "incident", entry.Header.Kind, Told(due));
            return false;
        }

        if (!IsAnswered(entry) || !IsGateInTurn(entry))
        {
            return false;
        }

        return entry.Header.Kind is not (EntryKinds.ActionAborted or EntryKinds.CellBootFailed) || IsClassed(entry);
    }

    private bool IsClassed(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var recorded = body.TryGetProperty("fault", out var fault) ? fault.GetString() : null;
        // A build that did not write it did not know restart policies either: no spec of its missions can declare one.
        return (recorded is null && !_state.Machine.DeclaresRestart(RecordedBodies.Text(body, "task")))
            || Same(entry, "fault", recorded ?? "none", Faults.Of(RecordedBodies.Text(body, "code")).Word() ?? "none");
    }

    private void Noted(Entry entry)
    {
        var due = _state.Machine.DueIncident ?? (entry.Header.Kind == EntryKinds.IncidentClosed ? _state.Machine.EndingIncident : null);
        if (due is null)
        {
            Diverge(entry, "incident", entry.Header.Kind, "nothing that a restart policy demands");
            return;
        }

        var draft = EntryBodies.OfIncident(RecordedBodies.Host(entry.Header), due);
        if (!Same(entry, "incident", entry.Header.Kind, draft.Kind))
        {
            return;
        }

        Link(entry, draft.Body);
        if (_report.Clean)
        {
            _state.Noted(due, entry.Header.Seq, entry.Header.TimeUs);
        }
    }

    private static string Told(Incident due) => $"{(due.Resolution is null ? EntryKinds.IncidentOpened : EntryKinds.IncidentClosed)} of profile {due.Profile}";
}
