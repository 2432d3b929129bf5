namespace Voxeltron.CellWorker;

/// <summary>So much at once (requests, bytes), given out in the order it was asked for: who asks for much is not passed by small ones for ever.</summary>
internal sealed class FairBudget(long most)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly LinkedList<Waiter> _waiting = new();
    private long _taken;

    /// <param name="amount">At most the whole budget.</param>
    /// <returns>Gives them back when disposed, once.</returns>
    public async Task<IDisposable> TakeAsync(long amount, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(amount, most);
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _taken + amount <= most)
            {
                _taken += amount;
                return new Share(this, amount);
            }

            node = _waiting.AddLast(new Waiter(amount, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var registration = cancel.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetCanceled(), node.Value.Turn);
        try
        {
            await node.Value.Turn.Task;
            return new Share(this, amount);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (node.List is not null)
                {
                    _waiting.Remove(node);
                }
            }

            // Whoever stood behind it may fit now.
            Return(0);
            throw;
        }
    }

    private void Return(long amount)
    {
        lock (_lock)
        {
            _taken -= amount;
            while (_waiting.First is { } first && _taken + first.Value.Amount <= most)
            {
                _waiting.RemoveFirst();
                if (first.Value.Turn.TrySetResult())
                {
                    _taken += first.Value.Amount;
                }
            }
        }
    }

    private sealed record Waiter(long Amount, TaskCompletionSource Turn);

    private sealed class Share(FairBudget budget, long amount) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                budget.Return(amount);
            }
        }
    }
}
