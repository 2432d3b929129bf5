using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// A mission in its writer section: admits the spec and its inputs, dispatches what the graph says is ready, writes the
/// decisions that need no cell, ends the mission when nothing is left. One cell per task attempt.
/// </summary>
internal sealed partial class MissionHandler(
    StreamRef stream,
    HostId host,
    TaskExecution execution,
    MissionState state,
    MissionModules modules,
    InputBytes inputs,
    TimeProvider clock,
    Scrubber scrubber,
    WaitingTasks waiting,
    ILogger log,
    Action? kill = null) : IStreamHandler, ISnapshotHandler, IDisposable
{
    /// <summary>Tasks one step may run before it lets intents and the committer have their turn; fewer when <see cref="StreamWriter.IsFull"/>.</summary>
    private const int TasksPerStep = 16;

    /// <summary>Timers and changes of views one step may deliver: a few milliseconds of short handlers.</summary>
    private const int EventsPerStep = 512;

    /// <summary>Changes told between two tasks: whoever follows another's findings hears of them before the next task begins.</summary>
    private const int DeltasPerTask = 64;

    /// <summary>How often a mission with tasks to start looks again for a free cell on a host that is full of cells that wait.</summary>
    private static readonly TimeSpan s_fullPoll = TimeSpan.FromMilliseconds(20);

    private readonly FaultInjection _faults = new(host, state, scrubber, kill);
    private readonly ModuleReloads _reloads = new(host, state, execution, modules);
    private readonly MissionProjection _projection = new(stream, state);
    private readonly Dictionary<string, long> _claimedAt = new(StringComparer.Ordinal);
    private long _seq;
    private long _toldSeq;

    public bool Finished => state.Finished;

    /// <summary>How the host gives the writer section a turn: to put cells away, or to tell how they are.</summary>
    public Action Wake
    {
        set
        {
            execution.Warmth.Wake = value;
            execution.Health.Wake = value;
            _faults.Wake = value;
            if (execution.Requests is { } requests)
            {
                requests.Wake = value;
                requests.Answers = inputs.RememberAnswer;
            }
        }
    }

    public byte[]? NewSecret() => System.Security.Cryptography.RandomNumberGenerator.GetBytes(DeliveryId.SecretBytes);

    public void Recover(Entry entry)
    {
        state.Apply(entry);
        _seq = entry.Header.Seq;
        inputs.Remember(entry);
    }

    public bool HasState => state.Spec is not null && !state.Finished;

    public SnapshotContent Write(StreamPosition at, IReadOnlyCollection<Guid> intents) => MissionSnapshot.Write(at, intents, state);

    public void Read(SnapshotReader snapshot) => snapshot.ReadInto(state);

    public void Forget() => state.Forget();

    public async Task BeginAsync(StreamWriter writer, CancellationToken cancel)
    {
        // What former owners told is not told again.
        _toldSeq = writer.LastSeq;
        if (state.Spec is not null && !state.Finished)
        {
            // Recovered: every module was registered when the spec was accepted, so one that is gone now is a damaged log.
            // A turn is committed whole, and a fault and its incident are of one turn. Were they not, nothing of the profile could be dispatched.
            Incidents.WriteDue(writer, host, state);
            _reloads.Begin(writer);
            _seq = writer.LastSeq;
            var missing = await modules.LoadAsync(state.Machine.Modules.All.Select(static version => version.Current), cancel);
            if (missing is not null)
            {
                throw new VoxeltronException("module_missing", $"Mission {state.Mission} runs module {missing}, which tenant {stream.Tenant} no longer has. Upload it again.");
            }

            Publish();
            if (execution.Requests is { } requests)
            {
                await requests.ResendAsync(inputs.ReadPayloadAsync, cancel);
            }
        }
    }

    public async Task AcceptAsync(StreamWriter writer, ArrivedIntent pending, CancellationToken cancel)
    {
        var entry = writer.AppendVerbatim(pending.Intent);
        var timeUs = entry.Header.TimeUs;
        _seq = entry.Header.Seq;
        switch (entry.Header.Kind)
        {
            case EntryKinds.MissionSubmitted when state.Spec is null && !state.Finished:
                await AdmitSpecAsync(writer, pending, entry, cancel);
                break;
            case EntryKinds.InputSubmitted:
                AdmitItem(writer, pending, entry, timeUs);
                break;
            case EntryKinds.InputClosed:
                RefuseUnless(writer, pending, state.CloseInput(IntentFields.Text(entry, "input"), timeUs));
                break;
            case EntryKinds.SnapshotJudged:
                break;
            case EntryKinds.ModuleReloadRequested or EntryKinds.ModuleRollbackRequested:
                RefuseUnless(writer, pending, _reloads.Accept(entry));
                break;
            case EntryKinds.FaultInjectRequested:
                RefuseUnless(writer, pending, _faults.Accept(writer, entry));
                _seq = writer.LastSeq;
                break;
            case EntryKinds.ViewDeclared:
                BuildView(writer, pending, entry);
                break;
            case EntryKinds.MissionCancelRequested:
                Cancel(writer, pending, timeUs);
                break;
            default:
                RefuseUnless(writer, pending, "unexpected_intent");
                break;
        }
    }

    public async Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel)
    {
        if (state.Spec is null || state.Finished)
        {
            return null;
        }

        _faults.Turn();
        scrubber.Look(state);
        var moreToSleep = execution.Sleep();
        var moreAnswers = execution.Requests?.Turn(writer) == true | await RunRepliesAsync(writer, cancel);
        RunDeltas(writer, DeltasPerTask);
        var reload = _reloads.Step(writer);
        _seq = writer.LastSeq;
        var next = Sooner(await RunTasksAsync(writer, cancel), reload);
        if (moreToSleep || moreAnswers || next == TimeSpan.Zero)
        {
            return TimeSpan.Zero;
        }

        // Last: whatever is due goes first.
        return !state.Finished && state.Machine.Modules.Reload is null && execution.FillPool(Bootable) ? TimeSpan.Zero : next;
    }

    private CellModule? Bootable(ModuleDigest declared) => state.Machine.Modules.Current(declared) is var version && modules.Holds(version) ? modules[version] : null;

    private async Task<TimeSpan?> RunTasksAsync(StreamWriter writer, CancellationToken cancel)
    {
        var machine = state.Machine;
        for (var ran = 0; ran < TasksPerStep; ran++)
        {
            WriteDecisions(writer);
            if (state.Finished)
            {
                break;
            }

            if (!machine.HasReady(clock.NowUs()))
            {
                waiting.Set(stream, 0);
                break;
            }

            if (!execution.Reserve())
            {
                waiting.Set(stream, machine.Ready);
                if (RunEvents(writer))
                {
                    return TimeSpan.Zero;
                }

                return Sooner(NextWake(machine), s_fullPoll);
            }

            waiting.Set(stream, 0);
            if (!machine.TryTakeReady(clock.NowUs(), out var ready))
            {
                execution.Release();
                break;
            }

            var claimedAt = ready.ItemKey is not null && _claimedAt.Remove(ready.ItemKey, out var at) ? at : 0;
            var bytes = await inputs.ReadAsync(InputOf(ready), cancel);
            execution.Run(writer, ready, InputOf(ready), bytes, modules[ready.Module], claimedAt);
            RunDeltas(writer, DeltasPerTask);
            _seq = writer.LastSeq;
            if (ran == TasksPerStep - 1 || writer.IsFull)
            {
                return TimeSpan.Zero;
            }
        }

        return RunEvents(writer) ? TimeSpan.Zero : NextWake(machine);
    }

    /// <summary>Timers that are due, and after each what it changed of views: a task that feeds itself does not keep the others waiting.</summary>
    /// <returns>Whether more may be due now.</returns>
    private bool RunEvents(StreamWriter writer)
    {
        var asideBefore = execution.TimersSetAside;
        var ran = 0;
        while (ran < EventsPerStep)
        {
            var before = ran;
            ran += !state.Finished && execution.TryRunTimer(writer, clock.NowUs()) ? 1 : 0;
            ran += RunDeltas(writer, DeltasPerTask);
            if (ran == before)
            {
                break;
            }

            _seq = writer.LastSeq;
            if (writer.IsFull)
            {
                return true;
            }
        }

        // Tasks that ended just now may have made others ready, or decisions due; events that were set aside wait for a slot.
        return ran > execution.TimersSetAside - asideBefore;
    }

    /// <summary>Answers that were written down, in their order.</summary>
    /// <returns>Whether more are there.</returns>
    private async Task<bool> RunRepliesAsync(StreamWriter writer, CancellationToken cancel)
    {
        for (var ran = 0; !state.Finished && execution.TryPeekReply(writer, clock.NowUs(), out var answered); ran++)
        {
            if (ran == EventsPerStep || writer.IsFull)
            {
                return true;
            }

            HttpReply? reply = null;
            if (answered.Code is null)
            {
                // One that was erased before anybody heard it cannot be told, by nobody: the mission stands until an operator cancels it.
                var payload = await inputs.ReadPayloadAsync(answered.AnsweredSeq, cancel);
                reply = HttpReply.Read(payload ?? throw new PayloadErasedException($"The answer at seq {answered.AnsweredSeq} was erased before its cell was told."));
            }

            execution.RunReply(writer, answered, reply, clock.NowUs());
            if (!state.Requests.IsOpen(answered.TaskKey, answered.Ticket))
            {
                inputs.ForgetAnswer(answered.AnsweredSeq);
            }

            RunDeltas(writer, DeltasPerTask);
            _seq = writer.LastSeq;
        }

        _seq = writer.LastSeq;
        return false;
    }

    /// <returns>Changes told.</returns>
    private int RunDeltas(StreamWriter writer, int most)
    {
        var ran = 0;
        while (ran < most && !state.Finished && !writer.IsFull && execution.TryRunDelta(writer, clock.NowUs()))
        {
            ran++;
        }

        if (ran > 0)
        {
            _seq = writer.LastSeq;
        }

        return ran;
    }

    private TimeSpan? NextWake(MissionMachine machine)
    {
        if (execution.HasDeltas)
        {
            return TimeSpan.Zero;
        }

        var wake = machine.NextWakeUs;
        if (state.Timers.TryPeek(out var timer) && (wake is null || timer.DueUs < wake))
        {
            wake = timer.DueUs;
        }

        if (execution.Requests?.NextUs is { } refusals && (wake is null || refusals < wake))
        {
            wake = refusals;
        }

        if (scrubber.NextLookUs(state) is { } look && (wake is null || look < wake))
        {
            wake = look;
        }

        // Whole milliseconds: the runtime's timers know nothing shorter, and a wait cut to zero would spin.
        TimeSpan? next = wake is { } us ? TimeSpan.FromMilliseconds(Math.Max(1, (us - clock.NowUs() + 999) / 1_000)) : null;
        return execution.SetAside > 0 ? Sooner(next, s_fullPoll) : next;
    }

    private static TimeSpan? Sooner(TimeSpan? wake, TimeSpan? other) => wake is null || other < wake ? other ?? wake : wake;

    public void Dispose()
    {
        waiting.Set(stream, 0);
        execution.Dispose();
        execution.Requests?.Dispose();
        _reloads.Dispose();
        modules.Dispose();
    }

    public StreamProjection DrainProjection()
    {
        execution.Report();
        var projection = _projection.Drain(_seq, _reloads);
        TellIncidents(projection.Incidents);
        return projection;
    }

    /// <summary>Whoever is on call hears of a crash loop when it begins and when it is over.</summary>
    private void TellIncidents(IReadOnlyList<IncidentRow> changed)
    {
        for (var i = 0; i < changed.Count; i++)
        {
            var incident = changed[i];
            if (incident.OpenedSeq > _toldSeq)
            {
                execution.CountIncident();
                LogOpened(log, state.Mission.ToString(), incident.Profile, incident.Faults, incident.TaskKey, incident.Code, incident.HoldMs, incident.OpenedSeq);
            }

            if (incident.Resolution is { } resolution)
            {
                LogClosed(log, state.Mission.ToString(), incident.Profile, resolution, incident.Faults, incident.Holds);
            }
        }

        _toldSeq = _seq;
    }

    private async Task AdmitSpecAsync(StreamWriter writer, ArrivedIntent pending, Entry entry, CancellationToken cancel)
    {
        var parsed = state.Parse(entry);
        if (parsed.Spec is not { } spec)
        {
            Refuse(writer, pending, entry, "spec_invalid", [.. parsed.Errors.Select(static e => (e.Path, e.Code, e.Reason))]);
            return;
        }

        if (EgressErrors(spec) is { Count: > 0 } egress)
        {
            Refuse(writer, pending, entry, egress[0].Code, egress);
            return;
        }

        var missing = await modules.LoadAsync(spec.ModuleDigests, cancel);
        if (missing is not null)
        {
            Refuse(writer, pending, entry, "unknown_module",
                [("tasks", "unknown_module", $"No registered module has digest {missing}. Upload it first: POST /v1/modules?name=…")]);
            return;
        }

        state.Accept(spec, entry.Header.Seq, entry.Header.TimeUs);
        Publish();
        foreach (var view in spec.Views)
        {
            _projection.Built(view.Name, entry.Header.Seq);
        }

        LogAccepted(log, state.Mission.ToString(), spec.Name);
    }

    /// <summary>What the spec's cells may reach is an operator's to grant, and this machine's to make possible.</summary>
    private List<(string Path, string Code, string Reason)> EgressErrors(MissionSpec spec)
    {
        var errors = new List<(string, string, string)>();
        foreach (var (profile, credential) in spec.Egress)
        {
            if (execution.Requests is not { } requests)
            {
                errors.Add(($"profiles.{profile}.egress", RequestCodes.Unavailable, "Nothing can leave this host."));
            }
            else if (requests.Refusal(credential) is { } refusal)
            {
                errors.Add(($"profiles.{profile}.egress", refusal.Code, refusal.Reason));
            }
        }

        return errors;
    }

    private void Refuse(StreamWriter writer, ArrivedIntent pending, Entry entry, string code, IReadOnlyList<(string Path, string Code, string Reason)> errors)
    {
        writer.Append(Refusals.Intent(host, code, pending.Intent.Id, entry.Header.Seq, errors));
        state.Withdraw();
        _seq = writer.LastSeq;
    }

    /// <summary>From here on the views follow every commit, and what changes of published ones is written down.</summary>
    private void Publish()
    {
        state.Store.Views.Load();
        state.Store.Views.Publishes = true;
        execution.Requests?.Prepare();
    }

    private void AdmitItem(StreamWriter writer, ArrivedIntent pending, Entry entry, long timeUs)
    {
        var item = IntentFields.Text(entry, "item");
        var refusal = state.AddItem(IntentFields.Text(entry, "input"), item, entry.Header.Seq, entry.Payload?.Length ?? 0, timeUs);
        if (refusal is null)
        {
            inputs.Remember(entry);
            _claimedAt[item] = pending.ReadTimestamp;
        }

        RefuseUnless(writer, pending, refusal);
    }

    private void Cancel(StreamWriter writer, ArrivedIntent pending, long timeUs)
    {
        if (state.Finished || state.Spec is null)
        {
            RefuseUnless(writer, pending, "mission_finished");
            return;
        }

        state.Cancel(timeUs);
        execution.StopAll(writer, "cancelled");
        _seq = writer.LastSeq;
    }

    private void BuildView(StreamWriter writer, ArrivedIntent pending, Entry entry)
    {
        if (state.Finished || state.Spec is null)
        {
            RefuseUnless(writer, pending, "mission_finished");
            return;
        }

        state.Declare(entry);
        var view = IntentFields.Text(entry, "view");
        if (state.BuildView(entry.Header.Seq) is { } refusal)
        {
            writer.Append(Refusals.Intent(host, refusal.Code, pending.Intent.Id, entry.Header.Seq, [("sql", refusal.Code, refusal.Message)]));
        }
        else
        {
            var root = state.Store.Views.Root(view, out var rows);
            writer.Append(EntryBodies.ViewBuilt(host, view, entry.Header.Seq, rows, root));
            writer.BuiltBytes += _projection.Built(view, entry.Header.Seq);
        }

        _seq = writer.LastSeq;
    }

    private void RefuseUnless(StreamWriter writer, ArrivedIntent pending, string? refusal)
    {
        if (refusal is not null)
        {
            writer.Append(Refusals.Intent(host, refusal, pending.Intent.Id, writer.LastSeq, $"Mission {state.Mission} did not take '{pending.Intent.Kind}'."));
            _seq = writer.LastSeq;
        }
    }

    /// <summary>What needs no cell: failures by deadline or attempts, skips, the end.</summary>
    private void WriteDecisions(StreamWriter writer)
    {
        while (!state.Finished)
        {
            var decisions = state.Machine.Decide(clock.NowUs());
            if (decisions.Count == 0)
            {
                return;
            }

            foreach (var decision in decisions)
            {
                Write(writer, decision);
            }

            _seq = writer.LastSeq;
        }
    }

    private void Write(StreamWriter writer, Decision decision)
    {
        switch (decision)
        {
            case Decision.Fail fail:
                var failed = writer.Append(EntryBodies.TaskFailed(host, fail.TaskKey, fail.Attempt, fail.Code));
                state.Failed(fail.TaskKey, fail.Code, failed.Header.Seq, failed.Header.TimeUs);
                execution.Stop(writer, fail.TaskKey, fail.Code);
                break;
            case Decision.Skip skip:
                var skipped = writer.Append(EntryBodies.TaskSkipped(host, skip.TaskKey, skip.Upstream));
                state.Skipped(skip.TaskKey, skip.Upstream, skipped.Header.Seq, skipped.Header.TimeUs);
                break;
            case Decision.Complete complete:
                _reloads.Finish(writer);
                Incidents.Finish(writer, host, state);
                var counts = state.Machine.Counts;
                var tally = new MissionTally(
                    counts.Total, counts.Completed, counts.Refused, counts.Failed, counts.Skipped, counts.Cancelled, Convert.ToHexStringLower(state.Store.Root()));
                var completed = writer.Append(EntryBodies.MissionCompleted(host, complete.Status, tally));
                state.Complete(completed.Header.TimeUs);
                LogCompleted(log, state.Mission.ToString(), complete.Status, counts.Total);
                break;
        }
    }

    private static InputReference InputOf(ReadyTask ready) => ready.Input.Kind switch
    {
        TaskInputKind.Item => new InputReference(InputKind.Item, ready.Input.Seq),
        TaskInputKind.Result => new InputReference(InputKind.Result, ready.Input.Seq),
        _ => InputReference.None,
    };

    [LoggerMessage(1, LogLevel.Information, "Accepted {Mission} ({Name}).")]
    private static partial void LogAccepted(ILogger log, string mission, string name);

    [LoggerMessage(2, LogLevel.Information, "Ended {Mission}: {Status}, {Tasks} tasks.")]
    private static partial void LogCompleted(ILogger log, string mission, string status, int tasks);

    [LoggerMessage(3, LogLevel.Warning, "{Mission}: cells of profile {Profile} crash in a loop, {Faults} faults, the last of task {Task} ({Code}). Nothing of the profile begins for {HoldMs} ms, then one task is tried. See GET /v1/missions/ID/incidents, opened at seq {Seq}.")]
    private static partial void LogOpened(ILogger log, string mission, string profile, int faults, string task, string code, long holdMs, long seq);

    [LoggerMessage(4, LogLevel.Information, "{Mission}: the crash loop of profile {Profile} is over ({Resolution}) after {Faults} faults and {Holds} holds.")]
    private static partial void LogClosed(ILogger log, string mission, string profile, string resolution, int faults, int holds);
}
