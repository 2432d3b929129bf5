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
    /// <summary>A live cell signs what it did no later than this (DESIGN §4); one that will not act before then signs at once.</summary>
    private static readonly TimeSpan SealWithin = TimeSpan.FromSeconds(1);

    /// <summary>The host is full: no fault of the module's.</summary>
    public const string NoCapacity = "no_capacity";

    private readonly Dictionary<string, long> _acted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LiveTask> _live = new(StringComparer.Ordinal);

    private readonly MissionHealth _health = health ?? MissionHealth.Off(stream, host);
    private readonly MissionSleep _sleep = new(warm ?? WarmBudget.Off(runner.Engine), runner.Engine, state.Mission, clock) { Slept = health is null ? static _ => { } : health.Changed };

    // A timestamp: the handler returned whose action was the first since nobody had a change to be told; 0 when nobody has, or
    // nobody asks. For changes that came after it the wait is overstated.
    private long _changedAt;

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

    /// <summary>Delivers the timer that is due first, if its task has a cell.</summary>
    /// <returns>False when none is due.</returns>
    // Hot path: per action of a waiting task.
    public bool TryRunTimer(StreamWriter writer, long nowUs)
    {
        if (!state.Timers.TryPeek(out var timer) || timer.DueUs > nowUs)
        {
            return false;
        }

        if (!_live.TryGetValue(timer.TaskKey, out var live))
        {
            // Between two attempts. The next cell's boot brings the timer back.
            state.Timers.Skip(timer);
            return true;
        }

        switch (_sleep.Wake(live))
        {
            case WakeOutcome.NoRoom:
                // The others go on: their ends are what frees a slot.
                state.Timers.Skip(timer);
                _aside.Add(timer.TaskKey);
                TimersSetAside++;
                return true;
            case WakeOutcome.Lost:
                Record(writer, live, InputReference.None, nowUs, new DeliveredEvent(timer.Ticket), LostImage(live), Cosmictron.WriteSet.Empty);
                return true;
        }

        live.Cell.IsTimed = timeline.Actions.Enabled;
        var delivered = timeline.Actions.Now();
        var (outcome, writes) = runner.RunTimer(live.Delivery, timer, nowUs);
        Record(writer, live, InputReference.None, nowUs, new DeliveredEvent(timer.Ticket), outcome, writes);
        timeline.Actions.Acted(delivered);
        return true;
    }

    /// <summary>The answer that is to be delivered next, if its task has a cell that can be woken.</summary>
    /// <returns>False when none is.</returns>
    public bool TryPeekReply(StreamWriter writer, long nowUs, out OpenRequest answered)
    {
        while (state.Requests.TryPeek(out answered))
        {
            if (!_live.TryGetValue(answered.TaskKey, out var live))
            {
                // Between two attempts. The next cell's boot brings it back.
                state.Requests.Skip();
                continue;
            }

            switch (_sleep.Wake(live))
            {
                case WakeOutcome.NoRoom:
                    state.Requests.Skip();
                    _aside.Add(answered.TaskKey);
                    continue;
                case WakeOutcome.Lost:
                    Record(writer, live, InputReference.None, nowUs, DeliveredEvent.Of(answered), LostImage(live), Cosmictron.WriteSet.Empty);
                    continue;
            }

            return true;
        }

        return false;
    }

    /// <summary>Gives the cell the answer that was peeked.</summary>
    /// <param name="reply">Null where there is none.</param>
    public void RunReply(StreamWriter writer, OpenRequest answered, HttpReply? reply, long nowUs)
    {
        var live = _live[answered.TaskKey];
        live.Cell.IsTimed = timeline.Actions.Enabled;
        var delivered = timeline.Actions.Now();
        var (outcome, writes) = runner.RunReply(live.Delivery, answered, reply, nowUs);
        Record(writer, live, InputReference.None, nowUs, DeliveredEvent.Of(answered), outcome, writes);
        timeline.Actions.Acted(delivered);
    }

    /// <summary>Somebody is to be told of a change, now or when its task has a cell again.</summary>
    public bool HasDeltas => state.Store.Views.Cursors.HasReady;

    /// <summary>Tells the cell that has waited longest what changed of a view it follows.</summary>
    /// <returns>False when nobody waits.</returns>
    // Hot path: per delivery.
    public bool TryRunDelta(StreamWriter writer, long nowUs)
    {
        var views = state.Store.Views;
        LiveTask? live;
        do
        {
            // One between two attempts leaves the order; its next cell's boot brings it back.
            if (!views.Cursors.TryTakeReady(out var cursor))
            {
                return false;
            }

            if (_live.TryGetValue(cursor.TaskKey, out live))
            {
                var delivered = timeline.Actions.Now();
                var woken = _sleep.Wake(live);
                if (woken == WakeOutcome.NoRoom)
                {
                    _aside.Add(cursor.TaskKey);
                    live = null;
                    continue;
                }

                var delta = views.Deliver(cursor, writer.LastSeq);
                var told = DeliveredEvent.Of(delta);
                if (woken == WakeOutcome.Lost)
                {
                    Record(writer, live, InputReference.None, nowUs, told, LostImage(live), Cosmictron.WriteSet.Empty);
                    return true;
                }

                live.Cell.IsTimed = timeline.Actions.Enabled;
                var (outcome, writes) = runner.RunDelta(live.Delivery, delta, nowUs);
                timeline.Actions.Told(_changedAt, live.Cell.EnteredAt);
                if (!HasDeltas)
                {
                    _changedAt = 0;
                }

                Record(writer, live, InputReference.None, nowUs, told, outcome, writes);
                timeline.Actions.Acted(delivered);
            }
        }
        while (live is null);

        return true;
    }

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
                reason, request.NowUs, boot.Outcome.FuelUsed, boot.Writes.Count, stages, Warm: request.Ready is not null, netns),
            Salts.Salt(ActionPayload.Write(boot.Outcome, boot.Writes, withResult: false))));
        state.Booted(booted.Header.Seq);
        writer.PublishedBytes = state.Store.Views.PublishedBytes;
        metrics.Booted("ready", stages.TotalUs);
        return booted;
    }

    /// <summary>A reload's new cell could not begin.</summary>
    private void RefuseSuccessor(StreamWriter writer, LiveTask live, ReadyTask task, in BootRequest request, ActionOutcome outcome)
    {
        var entry = writer.Append(EntryBodies.Aborted(EntryKinds.CellBootFailed, host, new AbortRecord(
            request.Cell, task.Module, task.TaskKey, task.Attempt, AtBoot: true, outcome.Code!, request.NowUs, outcome.FuelUsed,
            Fingerprint: runner.Engine.Fingerprint, ByView: outcome.ByView, OfReload: true)));
        metrics.Booted(outcome.Code!, 0);
        state.ReplaceFailed(task.TaskKey, task.Attempt, outcome.Code!, entry.Header.Seq, entry.Header.TimeUs);
        Incidents.WriteDue(writer, host, state);
        if (state.Machine.Modules.Reload!.FailedBy is not null)
        {
            _live.Remove(task.TaskKey);
            Stop(writer, live, "aborted");
        }
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
        var waits = outcome.Status == ActionStatus.Waiting;
        var entry = writer.Append(EntryBodies.Action(
            new ActionRecord(cell, task.TaskKey, task.Attempt, input, nowUs, word, outcome.Code, outcome.FuelUsed, writes.Count, delivered, Count(outcome.Denied)),
            Salts.Salt(ActionPayload.Write(outcome, writes, withResult: !waits, state.Store.Views)),
            live.Delivery.CellName,
            live.Delivery.Actor));
        live.Acted(entry);
        _acted[word] = _acted.GetValueOrDefault(word) + 1;
        if (waits)
        {
            if (outcome.Requests.Count > 0)
            {
                (requests ?? throw new InvariantException("A cell without a network asked for something.")).Hold(writer, live, outcome.Requests);
            }

            state.Waits(task.TaskKey, task.Attempt, delivered, NewTickets.Of(outcome), nowUs, entry.Header.Seq, entry.Header.TimeUs);
            Incidents.WriteDue(writer, host, state);
            NoteChange(live);
            writer.PublishedBytes = state.Store.Views.PublishedBytes;
            _live.TryAdd(task.TaskKey, live);
            _health.Acted(live, delivered.Word, outcome.FuelUsed, nowUs);
            _sleep.Waits(live);
            SealIfDue(writer, live, nowUs, outcome.Timers);
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

    /// <summary>Whether the action gave somebody something to be told.</summary>
    private void NoteChange(LiveTask live)
    {
        if (_changedAt == 0 && HasDeltas)
        {
            _changedAt = live.Cell.LeftAt;
        }
    }

    /// <summary>Seals now what nothing else would bring to a seal in time.</summary>
    private void SealIfDue(StreamWriter writer, LiveTask live, long nowUs, IReadOnlyList<CellTimer> began)
    {
        var now = clock.GetTimestamp();
        if (clock.GetElapsedTime(live.SealedAt, now) >= SealWithin || !ActsSoon(live.Task.TaskKey, nowUs, began))
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

    private void Abort(StreamWriter writer, string kind, ReadyTask task, CellId cell, long nowUs, ActionOutcome outcome, in DeliveredEvent delivered = default)
    {
        var atBoot = kind == EntryKinds.CellBootFailed;
        var fingerprint = atBoot ? runner.Engine.Fingerprint : null;
        var entry = writer.Append(EntryBodies.Aborted(kind, host, new AbortRecord(
            cell, task.Module, task.TaskKey, task.Attempt, atBoot, outcome.Code!, nowUs, outcome.FuelUsed, delivered, fingerprint, outcome.ByView, Denied: Count(outcome.Denied))));
        _health.Faulted(task.TaskKey, outcome.Code!);
        state.Aborted(task.TaskKey, task.Attempt, outcome.Code!, entry.Header.Seq, entry.Header.TimeUs);
        Incidents.WriteDue(writer, host, state);
    }

    /// <summary>Nobody's fault but this host's. The event is delivered again, to a fresh cell.</summary>
    private static ActionOutcome LostImage(LiveTask live) =>
        ActionOutcome.Abort(AbortCodes.ImageLost, $"The image of cell {live.CellId} could not be read back.");

    private static long Us(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
