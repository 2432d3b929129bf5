namespace Voxeltron.CellWorker;

/// <summary>
/// A coalescing wake-up: any number of <see cref="Set"/> calls before a wait make that wait return once. It carries no data;
/// the woken loop reads the state and does what the state says.
/// </summary>
internal sealed class AsyncSignal(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _set;

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            _set = true;
            waiter = _waiter;
            _waiter = null;
        }

        waiter?.TrySetResult();
    }

    /// <summary>Returns when set, or after <paramref name="timeout"/>; throws only when cancelled.</summary>
    public async ValueTask WaitAsync(TimeSpan timeout, CancellationToken cancel)
    {
        Task task;
        lock (_gate)
        {
            if (_set)
            {
                _set = false;
                return;
            }

            _waiter ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            task = _waiter.Task;
        }

        // A timeout is the poll behind the hint: the caller looks at the state either way. Not thrown: a thousand idle owners
        // time out two hundred times a second.
        await task.WaitAsync(timeout, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
        lock (_gate)
        {
            _set = false;
        }
    }
}
