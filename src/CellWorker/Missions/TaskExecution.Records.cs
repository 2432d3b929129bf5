using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

// What an event left behind: its entry, what the state makes of it, and the seal that is due.
internal sealed partial class TaskExecution
{
    /// <summary>A live cell signs what it did no later than this (DESIGN §4); one that will not act before then signs at once.</summary>
    private static readonly TimeSpan SealWithin = TimeSpan.FromSeconds(1);

    private void Record(StreamWriter writer, LiveTask live, InputReference input, long nowUs, in DeliveredEvent delivered, ActionOutcome outcome, Cosmictron.WriteSet writes)
    {
        var (task, cell) = (live.Task, live.CellId);
        NoteDenied(task.TaskKey, outcome);
        if (outcome.Status == ActionStatus.Aborted)
        {
            _live.Remove(task.TaskKey);
            Abort(writer, EntryKinds.ActionAborted, task, cell, nowUs, outcome, delivered);
            Stop(writer, live, "aborted");
            metrics.Acted(outcome.Code!, 1);
            return;
        }

        var word = Outcomes.Of(outcome.Status);
        var cellUs = Metered(outcome);
        var waits = outcome.Status == ActionStatus.Waiting;
        var entry = writer.Append(EntryBodies.Action(
            new ActionRecord(cell, task.TaskKey, task.Attempt, input, nowUs, word, outcome.Code, outcome.FuelUsed, writes.Count, delivered, Count(outcome.Denied), cellUs),
            Salts.Salt(ActionPayload.Write(outcome, writes, withResult: !waits, state.Store.Views)),
            live.Delivery.CellName,
            live.Delivery.Actor));
        live.Acted(entry);
        state.Charge(task.TaskKey, outcome.FuelUsed, cellUs, isBoot: false, entry.Header.TimeUs);
        _acted[word] = _acted.GetValueOrDefault(word) + 1;
        if (waits)
        {
            state.Waits(task.TaskKey, task.Attempt, delivered, NewTickets.Of(outcome), nowUs, entry.Header.Seq, entry.Header.TimeUs);
            HoldRequests(writer, live, outcome);
            Incidents.WriteDue(writer, host, state);
            if (outcome.Gates.Count > 0)
            {
                GateKeeper.OpenAsked(writer, host, state, task.TaskKey, outcome.Gates, entry.Header.Seq);
            }

            NoteChange(live);
            writer.PublishedBytes = state.Store.Views.PublishedBytes;
            _live.TryAdd(task.TaskKey, live);
            _health.Acted(live, delivered.Word, outcome.FuelUsed, nowUs);
            _sleep.Waits(live);
            SealIfDue(writer, live, nowUs, outcome.Timers);
            ReleaseIfAsked(live);
            return;
        }

        _live.Remove(task.TaskKey);
        _health.Over(task.TaskKey);
        state.Acted(task.TaskKey, task.Attempt, word, outcome.Code, entry.Header.Seq, entry.Header.TimeUs);
        Incidents.WriteDue(writer, host, state);
        NoteChange(live);
        writer.PublishedBytes = state.Store.Views.PublishedBytes;
        if (word != Outcomes.Refused)
        {
            inputs.Remember(entry.Header.Seq, outcome.Result);
        }

        Stop(writer, live, word);
    }

    private void Abort(StreamWriter writer, string kind, ReadyTask task, CellId cell, long nowUs, ActionOutcome outcome, in DeliveredEvent delivered = default)
    {
        var atBoot = kind == EntryKinds.CellBootFailed;
        var fingerprint = atBoot ? runner.Engine.Fingerprint : null;
        var entry = writer.Append(EntryBodies.Aborted(kind, host, new AbortRecord(
            cell, task.Module, task.TaskKey, task.Attempt, atBoot, outcome.Code!, nowUs, outcome.FuelUsed, delivered, fingerprint, outcome.ByView, Denied: Count(outcome.Denied), CellUs: Metered(outcome))));
        state.Charge(task.TaskKey, outcome.FuelUsed, Metered(outcome), atBoot, entry.Header.TimeUs);
        _health.Faulted(task.TaskKey, outcome.Code!);
        state.Aborted(task.TaskKey, task.Attempt, outcome.Code!, entry.Header.Seq, entry.Header.TimeUs);
        Incidents.WriteDue(writer, host, state);
    }

    /// <summary>What the action asked for leaves when its entry is durable; which of it the budget allows, the state says by now.</summary>
    private void HoldRequests(StreamWriter writer, LiveTask live, ActionOutcome outcome)
    {
        if (outcome.Requests.Count > 0)
        {
            (requests ?? throw new InvariantException("A cell without a network asked for something.")).Hold(writer, live, outcome.Requests);
        }

        if (outcome.ModelCalls.Count > 0)
        {
            (requests ?? throw new InvariantException("A cell of a host that asks no models asked one.")).HoldModels(writer, live.Task.TaskKey, outcome.ModelCalls);
        }
    }

    private long? Metered(ActionOutcome outcome) => state.IsMetered ? outcome.CellUs : null;

    private void NoteDenied(string taskKey, ActionOutcome outcome)
    {
        if (outcome.Denied.Count > 0)
        {
            requests?.Denied(taskKey, outcome.Denied);
        }
    }

    private static int Count(IReadOnlyList<CellDenial> denied)
    {
        var count = 0;
        for (var i = 0; i < denied.Count; i++)
        {
            count += denied[i].Count;
        }

        return count;
    }

    /// <summary>Seals now what nothing else would bring to a seal in time.</summary>
    private void SealIfDue(StreamWriter writer, LiveTask live, long nowUs, IReadOnlyList<CellTimer> began)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(live.SealedAt, now) >= SealWithin || state.Machine.IsSuspended || !ActsSoon(live.Task.TaskKey, nowUs, began))
        {
            writer.SealCell(live.Seal(now));
        }
    }

    private bool ActsSoon(string taskKey, long nowUs, IReadOnlyList<CellTimer> began)
    {
        var soon = nowUs + Us(SealWithin);
        for (var i = 0; i < began.Count; i++)
        {
            if (began[i].DelayUs < Us(SealWithin))
            {
                return true;
            }
        }

        return state.Timers.IsOpenBefore(taskKey, soon) || HasPending(taskKey);
    }

    private bool HasPending(string taskKey)
    {
        var cursors = state.Store.Views.Cursors.Of(taskKey);
        for (var i = 0; i < cursors.Count; i++)
        {
            if (cursors[i].HasPending)
            {
                return true;
            }
        }

        return false;
    }
}
