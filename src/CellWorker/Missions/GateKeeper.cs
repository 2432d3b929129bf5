using System.Security.Cryptography;
using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// A mission's human gates: opens them, judges decisions, and says when their time is over. What a decision does, the mission's state says;
/// here is what only a host knows: input bytes, randomness, and whose keys are enrolled. Belongs to the writer section.
/// </summary>
/// <param name="approvers">Null where nobody is enrolled: then every signed decision is refused.</param>
internal sealed class GateKeeper(HostId host, MissionState state, InputBytes inputs, IApproverRegister? approvers, TimeProvider clock)
{
    /// <summary>Gates one step opens or ends.</summary>
    private const int MostPerStep = 64;

    /// <summary>Writes what is due: gates of tasks that are ready, gates whose task would run another module, gates whose time is over.</summary>
    /// <returns>Whether anything was written.</returns>
    // Hot path: per task, and nothing where the mission has no gates.
    public async ValueTask<bool> StepAsync(StreamWriter writer, CancellationToken cancel)
    {
        if (!state.HasGates || state.Finished)
        {
            return false;
        }

        var before = writer.LastSeq;
        for (var left = MostPerStep; left > 0 && !writer.IsFull && state.Machine.NextGateStep(clock.NowUs()) is { } step; left--)
        {
            switch (step)
            {
                case GateStep.Open open:
                    await OpenAsync(writer, open, cancel);
                    break;
                case GateStep.Void stale:
                    var voided = writer.Append(EntryBodies.GateVoided(host, stale.Gate, stale.Code, 0));
                    state.VoidGate(stale.Gate.OpenedSeq, stale.Code, voided.Header.Seq, voided.Header.TimeUs);
                    break;
                case GateStep.Expire due:
                    var expired = writer.Append(EntryBodies.GateExpired(host, due.Gate));
                    state.ExpireGate(due.Gate.OpenedSeq, due.Gate.Rule.Escalates, expired.Header.Seq, expired.Header.TimeUs);
                    break;
            }
        }

        return writer.LastSeq != before;
    }

    /// <summary>Gates an action asked for, directly behind it: their rows are read at its seq.</summary>
    public static void OpenAsked(StreamWriter writer, HostId host, MissionState state, string taskKey, IReadOnlyList<CellGate> asked, long askedSeq)
    {
        var task = state.Machine.Task(taskKey);
        foreach (var gate in asked)
        {
            var document = GateDocument.OfCell(state, task, gate, askedSeq, RandomNumberGenerator.GetBytes(GateDocument.NonceBytes));
            Append(writer, host, state, EntryBodies.GateOpened(host, gate.Gate, taskKey, task.Cell, gate.Ticket, task.Module, state.RequestersOf(taskKey), Salts.Salt(document)));
        }
    }

    /// <summary>Takes a decision that was just appended.</summary>
    /// <returns>Why it does not count; null when it was answered by <c>gate.decided</c> or <c>gate.voided</c>.</returns>
    public async ValueTask<string?> DecideAsync(StreamWriter writer, Entry entry, CancellationToken cancel)
    {
        if (state.Spec is null || state.Finished || state.SubmitDecision(entry) is not { } decision)
        {
            return "mission_finished";
        }

        if (state.DecisionRefusal(decision) is { } refusal)
        {
            state.RefuseDecision();
            return refusal;
        }

        EnrolledApprover? enrolled = null;
        if (decision.IsSigned)
        {
            // Read anew for each: a key that was revoked counts from then on for nothing.
            enrolled = approvers is null ? null : await approvers.FindAsync(state.Tenant, decision.Approver!, cancel);
            if (decision.SignatureRefusal(enrolled, state.Tenant, state.Mission) is { } forged)
            {
                state.RefuseDecision();
                return forged;
            }
        }

        Answer(writer, decision, enrolled);
        return null;
    }

    private void Answer(StreamWriter writer, GateDecision decision, EnrolledApprover? enrolled)
    {
        var gate = state.Gates.Find(decision.OpenedSeq)!;
        // The last approval lets through what is there now, so that is what is looked at, not what was.
        if (state.Gates.WouldApprove(decision.OpenedSeq, decision.Vote) && state.ChangeOf(gate) is { } change)
        {
            var voided = writer.Append(EntryBodies.GateVoided(host, gate, change, decision.Seq));
            state.VoidGate(gate.OpenedSeq, change, voided.Header.Seq, voided.Header.TimeUs);
            return;
        }

        var decided = writer.Append(EntryBodies.GateDecided(host, state.Preview(decision), decision, enrolled));
        state.CountDecision(decided.Header.Seq, decided.Header.TimeUs);
    }

    private async ValueTask OpenAsync(StreamWriter writer, GateStep.Open open, CancellationToken cancel)
    {
        var task = open.Task;
        var input = MissionHandler.InputOf(task);
        var bytes = await inputs.ReadAsync(input, cancel);
        var document = GateDocument.OfTask(state, task, open.Rule, input, bytes, RandomNumberGenerator.GetBytes(GateDocument.NonceBytes));
        Append(writer, host, state, EntryBodies.GateOpened(host, open.Rule.Name, task.TaskKey, null, 0, task.Module, state.RequestersOf(task.TaskKey), Salts.Salt(document)));
    }

    private static void Append(StreamWriter writer, HostId host, MissionState state, EntryDraft draft)
    {
        var opened = writer.Append(draft);
        using var body = System.Text.Json.JsonDocument.Parse(opened.Body.Utf8);
        state.OpenGate(body.RootElement, opened.Payload, opened.Header.Seq, opened.Header.TimeUs);
    }
}
