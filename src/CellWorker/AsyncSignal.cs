using System.Threading.Tasks.Sources;

namespace Voxeltron.CellWorker;

/// <summary>
/// A coalescing wake-up for one waiter: any number of <see cref="Set"/> calls before a wait make that wait return once. It
/// carries no data; the woken loop reads the state and does what the state says. A wait may also return for nothing.
/// </summary>
/// <remarks>Waiting makes no objects: a host has thousands of loops that wait a thousand times a second between them.</remarks>
internal sealed class AsyncSignal(TimeProvider clock) : IValueTaskSource
{
    private readonly Lock _gate = new();

    // All below are guarded by _gate, the core's completion excepted: it belongs to whoever took _waiting.
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _registration;
    private CancellationToken _cancel;
    private ITimer? _timer;
    private bool _timed;
    private bool _waiting;
    private bool _set;

    public void Set()
    {
        lock (_gate)
        {
            _set = true;
        }

        Wake();
    }

    /// <summary>Returns when set, or after <paramref name="timeout"/> (<see cref="Timeout.InfiniteTimeSpan"/>: never); throws only when cancelled.</summary>
    /// <exception cref="InvalidOperationException">Someone waits already.</exception>
    public ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        short version;
        lock (_gate)
        {
            if (_waiting)
            {
                throw new InvalidOperationException("A signal wakes one waiter, and one waits already.");
            }

            if (_set)
            {
                _set = false;
                return ValueTask.CompletedTask;
            }

            _core.Reset();
            version = _core.Version;
            _cancel = cancel;
            _waiting = true;
            _timed = timeout != Timeout.InfiniteTimeSpan;
            if (_timed)
            {
                _timer ??= clock.CreateTimer(static signal => ((AsyncSignal)signal!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(timeout, Timeout.InfiniteTimeSpan);
            }
        }

        // Outside the lock: a token cancelled meanwhile calls back at once, on this thread.
        var registration = cancel.UnsafeRegister(static signal => ((AsyncSignal)signal!).Wake(), this);
        lock (_gate)
        {
            if (_waiting)
            {
                _registration = registration;
                return new ValueTask(this, version);
            }
        }

        // Woken before the registration was stored: nobody else will take it back.
        registration.Unregister();
        return new ValueTask(this, version);
    }

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        _cancel.ThrowIfCancellationRequested();
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    // A timer or token of an earlier wait may come late and wake a later one: it looks at the state and waits again.
    private void Wake()
    {
        CancellationTokenRegistration registration;
        lock (_gate)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
            _set = false;
            registration = _registration;
            _registration = default;
            if (_timed)
            {
                _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }

        registration.Unregister();
        _core.SetResult(true);
    }
}
