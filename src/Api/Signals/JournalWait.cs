using Voxeltron.Kernel;

namespace Voxeltron.Api.Signals;

/// <summary>Waits, bounded, until a question about a stream has an answer.</summary>
internal sealed class JournalWait(JournalSignal signal, TimeProvider clock)
{
    /// <param name="ask">Reads the database; null means not yet.</param>
    /// <param name="limit">Zero: ask once.</param>
    /// <returns>The answer, or null when the time is up.</returns>
    public async Task<T?> UntilAsync<T>(TenantId tenant, StreamId stream, TimeSpan limit, Func<CancellationToken, Task<T?>> ask, CancellationToken cancel)
        where T : class
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var pulse = signal.Next(tenant, stream);
            if (await ask(cancel) is { } answer)
            {
                return answer;
            }

            var left = limit - clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            // Ends by the pulse or by the limit; either way the question is asked once more.
            await pulse.WaitAsync(left, clock, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }
    }
}
