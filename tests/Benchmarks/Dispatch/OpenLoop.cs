namespace Voxeltron.Benchmarks;

/// <summary>Sends at a fixed rate without waiting for answers, and remembers when each request was due: a slow server cannot slow its own measurement down.</summary>
internal sealed class OpenLoop(int perSecond)
{
    /// <summary>Requests unanswered at once at which the run is not one any more: the fabric does not keep up.</summary>
    private const int MostOpen = 5_000;

    public async Task<IReadOnlyList<Arrival>> RunAsync(int count, Func<int, Task<SentItem>> send, CancellationToken cancel)
    {
        var interval = System.Diagnostics.Stopwatch.Frequency / perSecond;
        var open = new Task<Arrival>[count];
        var answered = 0;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var begin = Ticks.Now + interval;
        for (var i = 0; i < count; i++)
        {
            var due = begin + (i * interval);
            while (Ticks.Now < due)
            {
                await timer.WaitForNextTickAsync(cancel);
            }

            if (i - Volatile.Read(ref answered) > MostOpen)
            {
                throw new Kernel.VoxeltronException("bench_overrun", $"{MostOpen} requests at {perSecond} a second are unanswered: the fabric does not keep up.");
            }

            open[i] = SendAsync(i, due);
        }

        return await Task.WhenAll(open);

        async Task<Arrival> SendAsync(int index, long due)
        {
            var sent = await send(index);
            Interlocked.Increment(ref answered);
            return new Arrival(due, sent);
        }
    }
}

/// <param name="Due">When the request should have been sent.</param>
/// <param name="Sent">What became of it.</param>
internal readonly record struct Arrival(long Due, SentItem Sent);
