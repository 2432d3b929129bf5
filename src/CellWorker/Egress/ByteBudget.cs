namespace Voxeltron.CellWorker;

/// <summary>So many bytes at once, given out in the order they were asked for: a large request is not passed by small ones for ever.</summary>
internal sealed class ByteBudget(long most)
{
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private readonly LinkedList<Waiter> _waiting = new();
    private long _taken;

    /// <param name="bytes">At most the whole budget.</param>
    /// <returns>Gives them back when disposed, once.</returns>
    public async Task<IDisposable> TakeAsync(long bytes, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, most);
        LinkedListNode<Waiter> node;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _taken + bytes <= most)
            {
                _taken += bytes;
                return new Share(this, bytes);
            }

            node = _waiting.AddLast(new Waiter(bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        await using var registration = cancel.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetCanceled(), node.Value.Turn);
        try
        {
            await node.Value.Turn.Task;
            return new Share(this, bytes);
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

    private void Return(long bytes)
    {
        lock (_lock)
        {
            _taken -= bytes;
            while (_waiting.First is { } first && _taken + first.Value.Bytes <= most)
            {
                _waiting.RemoveFirst();
                if (first.Value.Turn.TrySetResult())
                {
                    _taken += first.Value.Bytes;
                }
            }
        }
    }

    private sealed record Waiter(long Bytes, TaskCompletionSource Turn);

    private sealed class Share(ByteBudget budget, long bytes) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0)
            {
                budget.Return(bytes);
            }
        }
    }
}
