using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// Human gates. What people said is taken from the record; what they were shown, whether it counted, whether anything had changed, and that
// nothing was let through without it, is computed.
public sealed partial class MissionReplay
{
    // What the cells executed so far asked people for, and no entry has opened yet.
    private readonly Queue<(string TaskKey, CellGate Gate, long Seq)> _asked = new();

    private void NoteAsked(string taskKey, ActionOutcome outcome, long seq)
    {
        foreach (var gate in outcome.Gates)
        {
            _asked.Enqueue((taskKey, gate, seq));
        }
    }

    /// <summary>A gate a cell asked for is opened directly behind, and a decision is answered directly behind: a host may do neither at a time of its own.</summary>
    private bool IsGateInTurn(Entry entry)
    {
        if (_state.SubmittedDecision is { } decision
            && entry.Header.Kind is not (EntryKinds.GateDecided or EntryKinds.GateVoided or EntryKinds.IntentRefused or EntryKinds.EpochBegan))
        {
            Diverge(entry, "gate", entry.Header.Kind, $"an answer to the decision at seq {Text(decision.Seq)}");
            return false;
        }

        if (_asked.TryPeek(out var asked) && entry.Header.Kind is not (EntryKinds.GateOpened or EntryKinds.IncidentOpened or EntryKinds.IncidentClosed))
        {
            Diverge(entry, "gate", entry.Header.Kind, $"{EntryKinds.GateOpened} of '{asked.Gate.Gate}', asked for at seq {Text(asked.Seq)}");
            return false;
        }

        return true;
    }

    private void GateOpened(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var taskKey = RecordedBodies.Text(body, "task");
        var isOfCell = body.TryGetProperty("ticket", out var ticket);
        if (entry.Payload is null)
        {
            // What was shown is gone, and with it what the digests are of. That somebody waits for the answer is judged all the same.
            Told(entry, body);
        }
        else if (!isOfCell)
        {
            var task = _state.Machine.ReadyOf(taskKey);
            var rule = _state.Spec!.Gates.GetValueOrDefault(RecordedBodies.Text(body, "gate"));
            var input = InputOf(taskKey);
            if (rule is null)
            {
                Diverge(entry, "gate", RecordedBodies.Text(body, "gate"), "the spec declares no gate of that name");
            }
            else if (TryInput(entry, input, out var bytes))
            {
                Compared(entry, body, GateDocument.OfTask(_state, task, rule, input, bytes, GateDocument.NonceIn(entry.Payload)), null, 0, task.Module);
            }
        }
        else if (_asked.TryDequeue(out var asked))
        {
            var task = _state.Machine.Task(taskKey);
            if (Same(entry, "task", taskKey, asked.TaskKey) && Same(entry, "ticket", Text(ticket.GetInt64()), Text(asked.Gate.Ticket)))
            {
                Compared(entry, body, GateDocument.OfCell(_state, task, asked.Gate, asked.Seq, GateDocument.NonceIn(entry.Payload)), task.Cell, asked.Gate.Ticket, task.Module);
            }
        }
        else if (entry.PayloadSalt is { Length: PayloadDigest.SaltBytes } salt
            && Same(entry, "payload", RecordedBodies.PayloadDigest(entry.Body), PayloadDigest.Hex(salt, entry.Payload))
            && Same(entry, "digest", RecordedBodies.Text(body, "digest"), GateDocument.Digest(entry.Payload)))
        {
            // The event that asked was not executed again: another cell's, or one that ended before the start.
            Told(entry, body);
        }
    }

    private void Compared(Entry entry, JsonElement body, byte[] document, CellId? cell, long ticket, ModuleDigest module)
    {
        var (gate, taskKey) = (RecordedBodies.Text(body, "gate"), RecordedBodies.Text(body, "task"));
        Compare(entry, document, payload => EntryBodies.GateOpened(RecordedBodies.Host(entry.Header), gate, taskKey, cell, ticket, module, _state.RequestersOf(taskKey), payload));
        if (_report.Clean)
        {
            _state.OpenGate(body, entry.Payload, entry.Header.Seq, entry.Header.TimeUs);
        }
    }

    private void Told(Entry entry, JsonElement body)
    {
        _state.OpenGate(body, entry.Payload, entry.Header.Seq, entry.Header.TimeUs);
        Link(entry, entry.Body);
    }

    private void GateDecided(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        if (_state.SubmittedDecision is not { } decision)
        {
            Diverge(entry, "gate", entry.Body.ToString(), "nobody decided");
            return;
        }

        var enrolled = decision.IsSigned ? Enrolled(document.RootElement, decision) : null;
        var refusal = _state.DecisionRefusal(decision) ?? (decision.IsSigned ? decision.SignatureRefusal(enrolled, tenant, mission) : null);
        if (!Same(entry, "gate", "counted", refusal ?? "counted"))
        {
            return;
        }

        var gate = _state.Gates.Find(decision.OpenedSeq)!;
        if (_state.Gates.WouldApprove(decision.OpenedSeq, decision.Vote) && !Same(entry, "gate", "approved", _state.ChangeOf(gate) ?? "approved"))
        {
            return;
        }

        Link(entry, EntryBodies.GateDecided(RecordedBodies.Host(entry.Header), _state.Preview(decision), decision, enrolled).Body);
        if (_report.Clean)
        {
            _state.CountDecision(entry.Header.Seq, entry.Header.TimeUs);
        }
    }

    /// <summary>Who signed, as the host found them enrolled: that the key is the one enrolled there, the tenant's system stream says.</summary>
    private static EnrolledApprover Enrolled(JsonElement body, GateDecision decision) => new(
        RecordedBodies.Text(body, "approver"), decision.Principal, body.GetProperty("key").GetBytesFromBase64(), body.GetProperty("enrolled_seq").GetInt64());

    private void GateVoided(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var (openedSeq, code) = (body.GetProperty("opened_seq").GetInt64(), RecordedBodies.Text(body, "code"));
        var gate = _state.Gates.Find(openedSeq) ?? throw new InvariantException($"No gate {openedSeq} is kept.");
        var decision = _state.SubmittedDecision;
        if (decision is not null && (!Same(entry, "opened_seq", Text(openedSeq), Text(decision.OpenedSeq))
            || !Same(entry, "gate", "voided", _state.DecisionRefusal(decision) ?? (_state.Gates.WouldApprove(openedSeq, decision.Vote) ? "voided" : "counted"))))
        {
            return;
        }

        // Without a decision only another module voids, and only before a task: what a cell asked is looked at when people have answered.
        var change = decision is not null || gate.Ticket == 0 ? _state.ChangeOf(gate) : null;
        if (Same(entry, "code", code, change ?? "nothing has changed"))
        {
            Link(entry, EntryBodies.GateVoided(RecordedBodies.Host(entry.Header), gate, code, decision?.Seq ?? 0).Body);
            if (_report.Clean)
            {
                _state.VoidGate(openedSeq, code, entry.Header.Seq, entry.Header.TimeUs);
            }
        }
    }

    private void GateExpired(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var openedSeq = document.RootElement.GetProperty("opened_seq").GetInt64();
        var gate = _state.Gates.Find(openedSeq) ?? throw new InvariantException($"No gate {openedSeq} is kept.");
        var draft = EntryBodies.GateExpired(RecordedBodies.Host(entry.Header), gate);
        if (Same(entry, "gate", entry.Header.Kind, draft.Kind))
        {
            // Before the link: it demands that the gate's time was over.
            _state.ExpireGate(openedSeq, gate.Rule.Escalates, entry.Header.Seq, entry.Header.TimeUs);
            Link(entry, draft.Body);
        }
    }
}
