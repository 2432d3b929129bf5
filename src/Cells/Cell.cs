using System.Diagnostics;
using Voxeltron.Cells.Interop;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// One isolated instance. It takes one event at a time from any thread and is quiescent in between; a second event at the
/// same time is a bug of the caller. After anything but a clean return it is dead: a trap leaves the guest's stack
/// pointer and memory wherever they were, and running on would compute silently wrong results.
/// </summary>
public sealed partial class Cell : IDisposable
{
    // _phase: one thread moves Idle -> Running -> Idle; Dispose moves Idle -> Disposed, or Running -> Closing and then the
    // delivering thread ends it, so a store is never freed under a running guest.
    private const int Idle = 0;
    private const int Running = 1;
    private const int Closing = 2;
    private const int Disposed = 3;

    private readonly CellEngine _engine;
    private readonly CellModule _module;
    private CellInstance _instance;
    private readonly HostScope _scope;
    private readonly BootClock _clock;
    private readonly bool _isResumable;
    private int _phase;
    private FunctionRef _alloc;
    private FunctionRef _handler;
    private CellEventKind? _handlerKind;
    private bool _hasAlloc;
    private bool _started;

    private Cell(CellEngine engine, CellModule module, CellId id, CellProfile profile, BootClock clock, CellInstance instance, HostScope scope)
    {
        _engine = engine;
        _module = module;
        _instance = instance;
        _scope = scope;
        _clock = clock;
        Id = id;
        Profile = profile;
        _isResumable = instance.TryFind(AbiExports.OnResumeUtf8, out _);
    }

    public CellId Id { get; }

    public ModuleDigest Module => _module.Digest;

    public CellProfile Profile { get; }

    /// <summary>Set for good by the first event that did not return cleanly, and by a program that has run.</summary>
    public bool IsDead { get; private set; }

    public BootStages Stages => _clock.Stages;

    /// <summary>Whether <see cref="EnteredAt"/> and <see cref="LeftAt"/> are kept. Telemetry: nothing a cell sees follows from them.</summary>
    public bool IsTimed { get; set; }

    /// <summary>A timestamp: the last event's handler was called.</summary>
    public long EnteredAt { get; private set; }

    /// <summary>A timestamp: it came back. What it wrote was not committed yet.</summary>
    public long LeftAt { get; private set; }

    /// <summary>Makes the instance; no guest code runs yet.</summary>
    /// <param name="isSuccessor">A cell of this engine is disposed as soon as this one is ready: a full host has a place for it. One at a time.</param>
    /// <param name="place">Taken before; null: one is taken now.</param>
    /// <exception cref="CellBootException">Named by its fault code; nothing is left behind.</exception>
    public static Cell Boot(CellEngine engine, CellModule module, CellId id, CellProfile profile, BootClock clock, bool isSuccessor = false, CellPlace? place = null)
    {
        var began = clock.Timestamp();
        return Boot(ReadyInstance.Make(engine, module, profile, id, isSuccessor, place), id, clock, began);
    }

    /// <summary>Takes an instance that was made before anybody asked for it.</summary>
    public static Cell Boot(ReadyInstance ready, CellId id, BootClock clock) => Boot(ready, id, clock, clock.Timestamp());

    private static Cell Boot(ReadyInstance ready, CellId id, BootClock clock, long began)
    {
        var (instance, scope) = ready.Take();
        var cell = new Cell(ready.Engine, ready.Module, id, ready.Profile, clock, instance, scope);
        clock.Record(BootStage.Instantiate, began);
        return cell;
    }

    /// <summary>
    /// Runs the export for one event; its writes go into the transaction, which the caller commits or, after
    /// <see cref="ActionStatus.Aborted"/>, aborts. Whatever the guest does is an outcome, never an exception.
    /// </summary>
    /// <exception cref="InvariantException">The cell is dead, disposed, or busy: the caller's bug.</exception>
    public ActionOutcome Deliver(in CellEvent evt, Transaction tx)
    {
        var phase = Interlocked.CompareExchange(ref _phase, Running, Idle);
        if (phase != Idle)
        {
            throw new InvariantException($"Cell {Id} was given an event while it is {(phase == Disposed ? "disposed" : "busy")}.");
        }

        try
        {
            if (IsDead)
            {
                throw new InvariantException($"Cell {Id} is dead after an abort and was given another event.");
            }

            return Run(evt, tx);
        }
        finally
        {
            if (Interlocked.CompareExchange(ref _phase, Idle, Running) == Closing)
            {
                Close();
            }
        }
    }

    public void Dispose()
    {
        if (Interlocked.CompareExchange(ref _phase, Disposed, Idle) == Idle)
        {
            Close();
            return;
        }

        if (Interlocked.CompareExchange(ref _phase, Closing, Running) == Idle)
        {
            // The delivering thread became idle between the two looks.
            Dispose();
        }
    }

    private void Close()
    {
        _phase = Disposed;
        _instance.Dispose();
        _engine.Leave();
    }

    // Hot path: per action.
    private ActionOutcome Run(in CellEvent evt, Transaction tx)
    {
        var began = _started ? 0 : _clock.Timestamp();
        _scope.Begin(evt, tx);
        var given = (evt.Fault is null ? evt.Fuel : null) ?? Profile.FuelPerAction;
        var ticks = Ticks(evt.MostMs);
        _instance.Arm((ulong)given, ticks);
        var entered = evt.IsMetered ? _clock.Timestamp() : 0;

        // Dead until proven clean, so that no path out of here can leave a half-run guest in use.
        IsDead = true;
        var returned = 0;
        var fault = evt.Fault is { } injected ? Sabotage(injected, given) : Invoke(evt, out returned);
        if (fault is null && returned != 0)
        {
            fault = new GuestFault(AbortCodes.NonzeroReturn, $"The handler returned {returned}.");
        }

        // A program has run its course: its frames are gone, its libraries are torn down, and nothing else is delivered to it.
        IsDead = fault is not null || _scope.IsProgram;
        if (fault is { Code: AbortCodes.OutOfFuel } && given < Profile.FuelPerAction)
        {
            fault = new GuestFault(AbortCodes.FuelSlice, $"The event burnt its slice of {given} fuel.");
        }
        else if (fault is { Code: AbortCodes.Watchdog } && ticks < _engine.WatchdogTicks)
        {
            fault = new GuestFault(AbortCodes.BudgetExhausted, $"The mission's budget had {evt.MostMs} ms left for handlers.");
        }

        var fuel = given - (long)_instance.FuelLeft();
        var outcome = fault is null ? Concluded(fuel) : new ActionOutcome(
            ActionStatus.Aborted, fault.Code, fault.Message, [], returned, fuel, _scope.Logs, _scope.Emits, []) { Denied = _scope.Denials };
        if (evt.IsMetered)
        {
            outcome = outcome with { CellUs = _clock.MicrosecondsSince(entered) };
        }

        _scope.End();
        if (!_started)
        {
            _started = true;
            _clock.Record(BootStage.OnStart, began);
        }

        return outcome;
    }

    /// <summary>Epochs until the event is interrupted. One more than fit: the running one counts and has passed in part.</summary>
    private ulong Ticks(long? mostMs) => mostMs is { } ms
        ? Math.Min(_engine.WatchdogTicks, (ulong)(Math.Max(0, ms) / (long)_engine.Options.EpochPeriod.TotalMilliseconds) + 1)
        : _engine.WatchdogTicks;

    private ActionOutcome Concluded(long fuel)
    {
        var conclusion = _scope.Conclusion;
        if (conclusion is null)
        {
            var waiting = _scope.IsWaiting ? ActionStatus.Waiting : ActionStatus.Returned;
            return new ActionOutcome(waiting, null, null, [], 0, fuel, _scope.Logs, _scope.Emits, _scope.Timers)
            {
                Subscribed = _scope.Subscribed,
                Unsubscribed = _scope.Unsubscribed,
                Requests = _scope.Requests,
                Gates = _scope.Gates,
                ModelCalls = _scope.ModelCalls,
                Denied = _scope.Denials,
            };
        }

        var status = conclusion.Code is null ? ActionStatus.Completed : ActionStatus.Refused;
        return new ActionOutcome(status, conclusion.Code, conclusion.Message, conclusion.Result, 0, fuel, _scope.Logs, _scope.Emits, []) { Denied = _scope.Denials };
    }

    private GuestFault? Invoke(in CellEvent evt, out int returned)
    {
        returned = 0;
        if (!TryHandler(evt.Kind, out var handler))
        {
            if (evt.Kind == CellEventKind.Task && TryProgram(out var start))
            {
                return RunProgram(start, evt);
            }

            // A module without on_start or on_resume has nothing to prepare; without on_task it cannot do a task, without on_timer, on_delta or on_reply not wait.
            return evt.Kind switch
            {
                CellEventKind.Task => new GuestFault(AbortCodes.MissingHandler, "The module exports no on_task."),
                CellEventKind.Timer => new GuestFault(AbortCodes.MissingHandler, "The module began a timer and exports no on_timer."),
                CellEventKind.Delta => new GuestFault(AbortCodes.MissingHandler, "The module follows a view and exports no on_delta."),
                CellEventKind.Reply => new GuestFault(AbortCodes.MissingHandler, "The module asked for something and exports no on_reply."),
                _ => null,
            };
        }

        Span<RawValue> values = stackalloc RawValue[4];
        values.Clear();
        var fault = Place(evt.EnvelopeJson.Span, out values[0].I32);
        values[1].I32 = evt.EnvelopeJson.Length;
        if (fault is null && evt.Kind == CellEventKind.Task)
        {
            fault = Place(evt.Input.Span, out values[2].I32);
            values[3].I32 = evt.Input.Length;
        }

        if (fault is not null)
        {
            return fault;
        }

        _scope.Activate();
        EnteredAt = IsTimed ? _clock.Timestamp() : 0;
        fault = _instance.Call(handler, evt.Kind == CellEventKind.Task ? values : values[..2]);
        LeftAt = IsTimed ? _clock.Timestamp() : 0;
        _scope.Deactivate();
        returned = fault is null ? values[0].I32 : 0;
        return fault;
    }

    /// <summary>Admission knows the same: without the ABI's version a module with this export is a program, and its entry has no parameters.</summary>
    private bool TryProgram(out FunctionRef start)
    {
        start = default;
        return !_instance.TryFind(AbiExports.VersionUtf8, out _) && _instance.TryFind(AbiExports.ProgramUtf8, out start);
    }

    private GuestFault? RunProgram(FunctionRef start, in CellEvent evt)
    {
        Span<RawValue> none = stackalloc RawValue[1];
        _scope.BeginProgram(evt);
        EnteredAt = IsTimed ? _clock.Timestamp() : 0;
        var fault = _instance.Call(start, none);
        LeftAt = IsTimed ? _clock.Timestamp() : 0;
        return _scope.EndProgram(fault);
    }

    /// <summary>Asks the guest for room and copies the bytes in; nothing to copy is pointer 0 without asking.</summary>
    private GuestFault? Place(ReadOnlySpan<byte> bytes, out int pointer)
    {
        pointer = 0;
        if (bytes.IsEmpty)
        {
            return null;
        }

        if (!_hasAlloc && !(_hasAlloc = _instance.TryFind(AbiExports.AllocUtf8, out _alloc)))
        {
            return new GuestFault(AbortCodes.AllocFailed, "The module exports no vx_alloc.");
        }

        Span<RawValue> values = stackalloc RawValue[1];
        values[0].I32 = bytes.Length;
        if (_instance.Call(_alloc, values) is { } fault)
        {
            return fault;
        }

        pointer = values[0].I32;
        if (pointer == 0 || !_instance.Memory().TrySlice(pointer, bytes.Length, out var room))
        {
            return new GuestFault(AbortCodes.AllocFailed, $"vx_alloc({bytes.Length}) returned {(uint)pointer}.");
        }

        bytes.CopyTo(room);
        return null;
    }

    /// <summary>A look-up by name costs as much as a short handler: a cell that acts often keeps the last one found.</summary>
    private bool TryHandler(CellEventKind kind, out FunctionRef handler)
    {
        if (_handlerKind != kind)
        {
            _handlerKind = null;
            if (!_instance.TryFind(HandlerName(kind), out _handler))
            {
                handler = default;
                return false;
            }

            _handlerKind = kind;
        }

        handler = _handler;
        return true;
    }

    private ReadOnlySpan<byte> HandlerName(CellEventKind kind) => kind switch
    {
        CellEventKind.Start => AbiExports.OnStartUtf8,
        CellEventKind.Task => AbiExports.OnTaskUtf8,
        CellEventKind.Timer => AbiExports.OnTimerUtf8,
        CellEventKind.Delta => AbiExports.OnDeltaUtf8,
        CellEventKind.Reply => AbiExports.OnReplyUtf8,
        CellEventKind.Resume => _isResumable ? AbiExports.OnResumeUtf8 : AbiExports.OnStartUtf8,
        _ => throw new UnreachableException(),
    };
}
