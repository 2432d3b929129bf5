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
    Action? kill = null,
    IApproverRegister? approvers = null) : IStreamHandler, ISnapshotHandler, IDisposable
{
    /// <summary>Tasks one step may run before it lets intents and the committer have their turn; fewer when <see cref="StreamWriter.IsFull"/>.</summary>
    private const int TasksPerStep = 16;

    /// <summary>How often a mission with tasks to start looks again for a free cell on a host that is full of cells that wait.</summary>
    private static readonly TimeSpan s_fullPoll = TimeSpan.FromMilliseconds(20);

    private readonly FaultInjection _faults = new(host, state, scrubber, kill);
    private readonly ModuleReloads _reloads = new(host, state, execution, modules);
    private readonly GateKeeper _gates = new(host, state, inputs, approvers, clock);
    private readonly MissionProjection _projection = new(stream, state);
    private readonly IncidentLog _incidents = new(state.Mission, execution, log);
    private readonly Dictionary<string, long> _claimedAt = new(StringComparer.Ordinal);
    private long _seq;

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
        _incidents.Begin(writer.LastSeq);
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

    public async Task<TimeSpan?> StepAsync(StreamWriter writer, CancellationToken cancel)
    {
        if (state.Spec is null || state.Finished)
        {
            return null;
        }

        Meter(writer);
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
        if (!state.Finished && state.Machine.Modules.Reload is null && MayWarm && execution.FillPool(Bootable))
        {
            return TimeSpan.Zero;
        }

        return Meter(writer) is { } look ? Sooner(next, look) : next;
    }

    private CellModule? Bootable(ModuleDigest declared) => state.Machine.Modules.Current(declared) is var version && modules.Holds(version) ? modules[version] : null;

    private async Task<TimeSpan?> RunTasksAsync(StreamWriter writer, CancellationToken cancel)
    {
        var machine = state.Machine;
        var wroteOfGates = false;
        for (var ran = 0; ran < TasksPerStep; ran++)
        {
            WriteDecisions(writer);
            if (await _gates.StepAsync(writer, cancel))
            {
                wroteOfGates = true;
                _seq = writer.LastSeq;
                // Who was denied, or not asked in time, may have ended what others wait for.
                WriteDecisions(writer);
            }

            // A turn that is full, of a reload say, or more than one step may write: nothing else would call again for it.
            if (!state.Finished && state.HasGates && machine.HasGateStep(clock.NowUs()))
            {
                return TimeSpan.Zero;
            }

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

        // A cell whose gate has just ended is told in the next turn.
        return RunEvents(writer) || wroteOfGates ? TimeSpan.Zero : NextWake(machine);
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
        _incidents.Tell(projection.Incidents, _seq);
        return projection;
    }

    /// <summary>From here on the views follow every commit, and what changes of published ones is written down.</summary>
    private void Publish()
    {
        state.Store.Views.Load();
        state.Store.Views.Publishes = true;
        execution.Requests?.Prepare();
    }

    internal static InputReference InputOf(ReadyTask ready) => ready.Input.Kind switch
    {
        TaskInputKind.Item => new InputReference(InputKind.Item, ready.Input.Seq),
        TaskInputKind.Result => new InputReference(InputKind.Result, ready.Input.Seq),
        _ => InputReference.None,
    };
}
