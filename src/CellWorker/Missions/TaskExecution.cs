using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Task attempts, each from taken to written down: dispatch, boot, actions, stop, each its entry. A task that waits for a timer, or
/// follows a view, keeps its cell; the cells of one mission live here and nowhere else.
/// </summary>
internal sealed partial class TaskExecution(
    HostId host, MissionState state, CellRunner runner, CellKeyring keys, InputBytes inputs, WorkerMetrics metrics, Timeline timeline, StreamRef stream, TimeProvider clock,
    WarmBudget? warm = null, MissionHealth? health = null, MissionRequests? requests = null) : IDisposable
{
    /// <summary>The host is full: no fault of the module's.</summary>
    public const string NoCapacity = "no_capacity";

    private readonly Dictionary<string, long> _acted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LiveTask> _live = new(StringComparer.Ordinal);

    private readonly MissionHealth _health = health ?? MissionHealth.Off(stream, host);
    private readonly MissionSleep _sleep = new(warm ?? WarmBudget.Off(runner.Engine), runner.Engine, state.Mission, clock) { Slept = health is null ? static _ => { } : health.Changed };

    // Hot path: per task; four entries, one boot, no await: the writer section owns the store from begin to commit.
    public void Run(StreamWriter writer, ReadyTask task, InputReference input, byte[] inputBytes, CellModule module, long claimedAt)
    {
        var boots = new BootClock(clock);
        var began = boots.Timestamp();
        var cell = new CellId(Guid.CreateVersion7(clock.GetUtcNow()));
        string? netns = null;
        var dispatched = writer.Append(EntryBodies.TaskDispatched(host, cell, task.TaskKey, task.Attempt, input, task.IsLong));
        state.Dispatched(task.TaskKey, task.Attempt, cell, dispatched.Header.Seq, dispatched.Header.TimeUs);

        var keyAt = boots.Timestamp();
        var key = keys.Acquire();
        boots.Record(BootStage.Key, keyAt);
        var network = requests?.Take(task.Profile, boots, out netns);
        var request = new BootRequest(module, cell, task.Profile, task.TaskKey, task.Attempt, Resume: task.Attempt > 1, clock.NowUs(), task.IsLong,
            Ready: _sleep.Pool.TryTake(module, task.Profile), Place: _place);
        if (request.Ready is not null)
        {
            Release();
        }

        var boot = runner.Boot(request, boots);
        Release();
        NoteDenied(task.TaskKey, boot.Outcome);
        if (boot.Cell is null)
        {
            key.Dispose();
            network?.Dispose();
            Abort(writer, EntryKinds.CellBootFailed, task, cell, request.NowUs, boot.Outcome);
            metrics.Booted(boot.Outcome.Code!, boots.Stages.TotalUs);
            return;
        }

        boot.Cell.IsTimed = timeline.Actions.Enabled;
        var stages = boots.Stages with { ClaimUs = claimedAt == 0 ? 0 : Us(clock.GetElapsedTime(claimedAt, began)) };
        var booted = AppendBoot(writer, task, request, boot, key, BootReasons.Of(task.Attempt), stages, netns);
        var live = new LiveTask(task, module, new CellDelivery(boot.Cell, state.Mission, task.TaskKey, task.ItemKey, task.Attempt, task.IsLong), key, clock.GetTimestamp(), network);
        if (state.Timers.HasBegun(task.TaskKey))
        {
            // The task itself was delivered to an earlier cell, and that stands. This one goes on with what the task waits for.
            _live.Add(task.TaskKey, live);
            _health.Acted(live, "resume", boot.Outcome.FuelUsed, request.NowUs);
            _sleep.Waits(live);
            state.Timers.Requeue(task.TaskKey);
            state.Requests.Requeue(task.TaskKey);
            state.Store.Views.Cursors.Requeue(task.TaskKey);
            return;
        }

        var ready = boots.Timestamp();
        var running = RunTask(writer, live, input, inputBytes);
        timeline.Add(new TaskTimes(
            stream, task.TaskKey, task.Attempt, claimedAt, began, ready, running, boots.Timestamp(), dispatched.Header.Seq, booted.Header.Seq, writer.LastSeq));
    }

    public void CountIncident() => metrics.IncidentOpened();

    /// <summary>Tells the metrics and the host what was done since the last call: once a turn, since a counter costs more than a state call.</summary>
    public void Report()
    {
        _sleep.Tell();
        _health.Report(_live);
        foreach (var (outcome, count) in _acted)
        {
            metrics.Acted(outcome, count);
        }

        _acted.Clear();
    }

    /// <summary>The task was ended from outside: its cell, if it has one, stops.</summary>
    public void Stop(StreamWriter writer, string taskKey, string reason)
    {
        _health.Over(taskKey);
        if (_live.Remove(taskKey, out var live))
        {
            Stop(writer, live, reason);
        }
    }

    /// <summary>Every task that waits was ended from outside.</summary>
    public void StopAll(StreamWriter writer, string reason)
    {
        foreach (var live in _live.Values)
        {
            Stop(writer, live, reason);
        }

        _live.Clear();
    }

    public void Dispose()
    {
        foreach (var live in _live.Values)
        {
            live.Dispose();
        }

        _live.Clear();
        Release();
        _sleep.Dispose();
        _health.Leave(state.Finished);
    }

    private Entry AppendBoot(StreamWriter writer, ReadyTask task, in BootRequest request, BootAttempt boot, CellKey key, string reason, BootStages stages, string? netns)
    {
        var booted = writer.Append(EntryBodies.CellBooted(
            host,
            new BootRecord(request.Cell, key.PublicKey, task.Module, task.Profile.Name, runner.Engine.Fingerprint, task.TaskKey, task.Attempt,
                reason, request.NowUs, boot.Outcome.FuelUsed, boot.Writes.Count, stages, Warm: request.Ready is not null, netns, Metered(boot.Outcome)),
            Salts.Salt(ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false))));
        state.Charge(task.TaskKey, boot.Outcome.FuelUsed, Metered(boot.Outcome), isBoot: true, booted.Header.TimeUs);
        state.Booted(booted.Header.Seq);
        writer.PublishedBytes = state.Store.Views.PublishedBytes;
        metrics.Booted("ready", stages.TotalUs);
        return booted;
    }

    /// <returns>When <c>on_task</c> was entered.</returns>
    private long RunTask(StreamWriter writer, LiveTask live, InputReference input, byte[] inputBytes)
    {
        var nowUs = clock.NowUs();
        var running = clock.GetTimestamp();
        var (outcome, writes) = runner.RunTask(live.Delivery, inputBytes, nowUs);
        Record(writer, live, input, nowUs, DeliveredEvent.Task, outcome, writes);
        return running;
    }

    /// <summary>The cell's last entry; what it did is sealed in the same commit.</summary>
    private void Stop(StreamWriter writer, LiveTask live, string reason)
    {
        if (live.HasUnsealed)
        {
            writer.SealCell(live.Seal(clock.GetTimestamp()));
        }

        _sleep.Forget(live);
        _health.Gone(live);
        live.Dispose();
        writer.Append(EntryBodies.CellStopped(host, live.CellId, reason));
    }

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
