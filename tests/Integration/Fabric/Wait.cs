using System.Diagnostics;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Waits for a state of a running fabric. A failure names the phase, what was expected, what was seen last, and what the processes said.</summary>
internal static class Wait
{
    /// <summary>Generous: a machine that builds something else meanwhile is slow, not wrong.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    public static async Task<T> UntilAsync<T>(string phase, string expected, Func<Task<T>> look, Func<T, bool> reached, Func<string> said)
    {
        var began = Stopwatch.GetTimestamp();
        using var poll = new PeriodicTimer(s_poll);
        while (true)
        {
            var actual = await look();
            if (reached(actual))
            {
                return actual;
            }

            if (Stopwatch.GetElapsedTime(began) > s_limit)
            {
                throw new TimeoutException($"{phase}: after {s_limit.TotalSeconds} s expected {expected}, but saw: {actual}\n{said()}");
            }

            await poll.WaitForNextTickAsync();
        }
    }
}
