using Voxeltron.CellWorker;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

public sealed class AsyncSignalTests
{
    private readonly AsyncSignal _signal = new(TimeProvider.System);

    [Fact]
    public async Task What_was_set_before_is_not_waited_for()
    {
        _signal.Set();
        _signal.Set();
        Assert.True(_signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask().IsCompletedSuccessfully);

        // Two were one: the next wait is a wait.
        var next = _signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);
        _signal.Set();
        await next;
    }

    [Fact]
    public async Task A_timeout_returns_and_leaves_the_signal_usable()
    {
        await _signal.WaitAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        var next = _signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        _signal.Set();
        await next;
    }

    [Fact]
    public async Task Cancelling_throws_whether_before_or_while_waiting()
    {
        using var cancel = new CancellationTokenSource();
        var waiting = _signal.WaitAsync(Timeout.InfiniteTimeSpan, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _signal.WaitAsync(Timeout.InfiniteTimeSpan, cancel.Token));

        // A token of a wait that is over wakes nobody for good.
        _signal.Set();
        await _signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
    }

    [Fact]
    public void A_second_waiter_is_refused()
    {
        _ = _signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask();
        Assert.Throws<InvalidOperationException>(() => { _ = _signal.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).AsTask(); });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_told_is_missed_by_a_loop_that_looks_after_each_wake(bool timers)
    {
        const int Writers = 4;
        const int Each = 50_000;
        var told = 0;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var reader = Task.Run(async () =>
        {
            while (Volatile.Read(ref told) < Writers * Each)
            {
                await _signal.WaitAsync(timers ? TimeSpan.FromTicks(Random.Shared.Next(1, 20_000)) : Timeout.InfiniteTimeSpan, patience.Token);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                Interlocked.Increment(ref told);
                _signal.Set();
            }
        })));
        await reader;
    }
}
