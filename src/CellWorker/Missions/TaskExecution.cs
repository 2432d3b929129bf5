using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>One task attempt, from taken to written down: dispatch, boot, action, stop, each its entry.</summary>
internal sealed class TaskExecution(
    HostId host, MissionState state, CellRunner runner, CellKeyring keys, InputBytes inputs, WorkerMetrics metrics, Timeline timeline, StreamRef stream, TimeProvider clock)
{
    // Hot path: per task; four entries, one boot, no await: the writer section owns the store from begin to commit.
    public void Run(StreamWriter writer, ReadyTask task, InputReference input, byte[] inputBytes, CellModule module, long claimedAt)
    {
        var boots = new BootClock(clock);
        var began = boots.Timestamp();
        var cell = new CellId(Guid.CreateVersion7(clock.GetUtcNow()));
        var dispatched = writer.Append(EntryBodies.TaskDispatched(host, cell, task.TaskKey, task.Attempt, input));
        state.Dispatched(task.TaskKey, task.Attempt, cell, dispatched.Header.Seq, dispatched.Header.TimeUs);

        var keyAt = boots.Timestamp();
        var key = keys.Acquire();
        boots.Record(BootStage.Key, keyAt);
        var request = new BootRequest(module, cell, task.Profile, task.TaskKey, task.Attempt, Resume: task.Attempt > 1, clock.NowUs());
        var boot = runner.Boot(request, boots);
        if (boot.Cell is null)
        {
            key.Dispose();
            Abort(writer, EntryKinds.CellBootFailed, task, cell, "start", request.NowUs, boot.Outcome);
            metrics.Booted(boot.Outcome.Code!, boots.Stages.TotalUs);
            return;
        }

        using (boot.Cell)
        {
            var stages = boots.Stages with { ClaimUs = claimedAt == 0 ? 0 : Us(clock.GetElapsedTime(claimedAt, began)) };
            var booted = writer.Append(EntryBodies.CellBooted(
                host,
                new BootRecord(cell, key.PublicKey, task.Module, task.Profile.Name, runner.Engine.Fingerprint, task.TaskKey, task.Attempt,
                    request.Resume, request.NowUs, boot.Outcome.FuelUsed, boot.Writes.Count, stages),
                Salts.Salt(ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false))));
            metrics.Booted("ready", stages.TotalUs);
            var ready = boots.Timestamp();
            var running = Act(writer, task, input, inputBytes, boot.Cell, key);
            timeline.Add(new TaskTimes(
                stream, task.TaskKey, task.Attempt, claimedAt, began, ready, running, boots.Timestamp(), dispatched.Header.Seq, booted.Header.Seq, writer.LastSeq));
        }
    }

    /// <returns>When <c>on_task</c> was entered.</returns>
    private long Act(StreamWriter writer, ReadyTask task, InputReference input, byte[] inputBytes, Cell cell, CellKey key)
    {
        var id = cell.Id;
        var nowUs = clock.NowUs();
        var running = clock.GetTimestamp();
        var (outcome, writes) = runner.RunTask(cell, task.TaskKey, task.ItemKey, task.Attempt, inputBytes, nowUs);
        if (outcome.Status == ActionStatus.Aborted)
        {
            key.Dispose();
            Abort(writer, EntryKinds.ActionAborted, task, id, "task", nowUs, outcome);
            writer.Append(EntryBodies.CellStopped(host, id, "aborted"));
            metrics.Acted(outcome.Code!);
            return running;
        }

        var word = Outcomes.Of(outcome.Status);
        var entry = writer.Append(EntryBodies.Action(
            new ActionRecord(id, task.TaskKey, task.Attempt, input, nowUs, word, outcome.Code, outcome.FuelUsed, writes.Count),
            Salts.Salt(ActionPayload.Write(outcome, writes, withResult: true))));
        state.Acted(task.TaskKey, task.Attempt, word, outcome.Code, entry.Header.Seq, entry.Header.TimeUs);
        if (word != Outcomes.Refused)
        {
            inputs.Remember(entry.Header.Seq, outcome.Result);
        }

        writer.SealCell(key, entry);
        writer.Append(EntryBodies.CellStopped(host, id, word));
        metrics.Acted(word);
        return running;
    }

    private void Abort(StreamWriter writer, string kind, ReadyTask task, CellId cell, string delivered, long nowUs, ActionOutcome outcome)
    {
        var entry = writer.Append(EntryBodies.Aborted(
            kind, host, new AbortRecord(cell, task.Module, task.TaskKey, task.Attempt, delivered, outcome.Code!, nowUs, outcome.FuelUsed)));
        state.Aborted(task.TaskKey, task.Attempt, outcome.Code!, entry.Header.Seq, entry.Header.TimeUs);
    }

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
