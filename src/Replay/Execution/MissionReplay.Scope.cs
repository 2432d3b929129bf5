using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// A part of the mission: up to a seq, or one cell's deliveries among the recorded writes of all others.
public sealed partial class MissionReplay
{
    private long _lastSeq;
    private bool _cellSeen;

    /// <summary>The last entry to judge; null for all.</summary>
    public long? Until { get; init; }

    /// <summary>The only cell to execute; null for all. What others did is taken from the record, and the report says so.</summary>
    public CellId? OnlyCell { get; init; }

    /// <summary>The mission as of the last entry judged. Meaningless once something diverged or was erased.</summary>
    public MissionState State => _state;

    /// <summary>The entry belongs to a delivery of a cell that was not asked for.</summary>
    private bool IsOfAnotherCell(Entry entry)
    {
        if (OnlyCell is not { } only
            || entry.Header.Kind is not (EntryKinds.CellBooted or EntryKinds.CellBootFailed or EntryKinds.Action or EntryKinds.ActionAborted or EntryKinds.CellStopped))
        {
            return false;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var own = RecordedBodies.Cell(document.RootElement) == only;
        _cellSeen |= own;
        return !own;
    }

    /// <summary>Applies what the record says another cell did: its writes, its result, its end.</summary>
    private void TakeRecorded(Entry entry)
    {
        if (RecordedBodies.CommitsToPayload(entry.Body))
        {
            if (entry.Payload is not { } payload || entry.PayloadSalt is not { Length: PayloadDigest.SaltBytes } salt)
            {
                StopExecuting(entry, "what another cell wrote is gone");
                Link(entry, entry.Body);
                return;
            }

            // Nobody computes this payload again, so its digest alone says that it is the one the chain covers.
            if (!Same(entry, "payload", RecordedBodies.PayloadDigest(entry.Body), PayloadDigest.Hex(salt, payload)))
            {
                return;
            }

            if (entry.Header.Kind == EntryKinds.Action)
            {
                _bytes.Add(entry.Header.Seq, ActionPayload.ReadResult(payload));
            }
        }

        NoteReplaced(entry);
        try
        {
            _state.Apply(entry);
        }
        catch (StateFormatException refused)
        {
            Diverge(entry, "writes", "applied", refused.Message);
            return;
        }

        _report.Applied++;
        Link(entry, entry.Body);
    }

    /// <summary>What was asked for must have been there; a report about nothing would read as proof.</summary>
    private void RequireScopeMet()
    {
        _report.Until = Until;
        _report.Cell = OnlyCell;
        if (!_report.Clean)
        {
            return;
        }

        if (Until is { } until && _lastSeq < until)
        {
            throw new VoxeltronException("seq_not_found", $"{mission} has no entry {until}: its last is {_lastSeq}.");
        }

        if (OnlyCell is { } only && !_cellSeen && _report.ErasedFrom is null)
        {
            throw new VoxeltronException("cell_not_found", $"{mission} has no {only}{(Until is null ? "" : $" up to seq {Until}")}.");
        }
    }
}
