using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

// A task's cell gives way to one of another version.
internal sealed partial class TaskExecution
{
    public bool IsLive(string taskKey) => _live.ContainsKey(taskKey);

    /// <summary>Adds the keys of tasks that wait in a cell here.</summary>
    public void AddLive(Queue<string> target, Predicate<string> which)
    {
        foreach (var taskKey in _live.Keys)
        {
            if (which(taskKey))
            {
                target.Enqueue(taskKey);
            }
        }
    }

    /// <summary>
    /// A task that waits goes on in a cell of another version: that one is booted and resumes while the old one stands by; the old one
    /// stops when it is ready.
    /// </summary>
    /// <returns>Why the new cell could not begin, by code; null when the task goes on in it.</returns>
    public string? Replace(StreamWriter writer, string taskKey, CellModule module)
    {
        var began = clock.GetTimestamp();
        var live = _live[taskKey];
        var boots = new BootClock(clock);
        var keyAt = boots.Timestamp();
        var key = keys.Acquire();
        boots.Record(BootStage.Key, keyAt);
        string? netns = null;
        var network = requests?.Take(live.Task.Profile, boots, out netns);
        var task = live.Task with { Module = module.Digest };
        var request = new BootRequest(
            module, new CellId(Guid.CreateVersion7(clock.GetUtcNow())), task.Profile, taskKey, task.Attempt, Resume: true, clock.NowUs(), task.IsLong, live.Task.Module, writer.LastSeq + 1);
        // The engine's one place for that, from the boot of the one to the end of the other.
        using var succession = runner.Engine.Succession.EnterScope();
        var boot = runner.Boot(request, boots);
        if (boot.Cell is null)
        {
            key.Dispose();
            network?.Dispose();
            if (boot.Outcome.Code == NoCapacity)
            {
                // Another mission took the place: nothing happened, and the next turn asks again.
                return NoCapacity;
            }

            RefuseSuccessor(writer, live, task, request, boot.Outcome);
            return boot.Outcome.Code;
        }

        boot.Cell.IsTimed = timeline.Actions.Enabled;
        var booted = AppendBoot(writer, task, request, boot, key, BootReasons.Reload, boots.Stages, netns);
        state.Replaced(taskKey, task.Attempt, request.Cell, module.Digest, booted.Header.Seq, booted.Header.TimeUs);
        var successor = new LiveTask(task, module, new CellDelivery(boot.Cell, state.Mission, taskKey, task.ItemKey, task.Attempt, task.IsLong), key, clock.GetTimestamp(), network);
        _live[taskKey] = successor;
        Stop(writer, live, BootReasons.Reload);
        _health.Replaced(taskKey);
        _health.Acted(successor, "resume", boot.Outcome.FuelUsed, request.NowUs);
        _sleep.Waits(successor);
        timeline.Actions.Swapped(began);
        return null;
    }

    /// <summary>A reload's new cell could not begin.</summary>
    private void RefuseSuccessor(StreamWriter writer, LiveTask live, ReadyTask task, in BootRequest request, ActionOutcome outcome)
    {
        var entry = writer.Append(EntryBodies.Aborted(EntryKinds.CellBootFailed, host, new AbortRecord(
            request.Cell, task.Module, task.TaskKey, task.Attempt, AtBoot: true, outcome.Code!, request.NowUs, outcome.FuelUsed,
            Fingerprint: runner.Engine.Fingerprint, ByView: outcome.ByView, OfReload: true, CellUs: Metered(outcome))));
        state.Charge(task.TaskKey, outcome.FuelUsed, Metered(outcome), isBoot: true, entry.Header.TimeUs);
        metrics.Booted(outcome.Code!, 0);
        state.ReplaceFailed(task.TaskKey, task.Attempt, outcome.Code!, entry.Header.Seq, entry.Header.TimeUs);
        Incidents.WriteDue(writer, host, state);
        if (state.Machine.Modules.Reload!.FailedBy is not null)
        {
            _live.Remove(task.TaskKey);
            Stop(writer, live, "aborted");
        }
    }
}
