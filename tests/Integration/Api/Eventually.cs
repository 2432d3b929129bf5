using System.Diagnostics;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Waits for a state, with a limit whose failure says what was waited for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    public static async Task<T> NotNullAsync<T>(string what, Func<Task<T?>> look)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (true)
        {
            if (await look() is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(started) > s_limit)
            {
                throw new TimeoutException($"Waited {s_limit.TotalSeconds} s for {what}.");
            }

            await poll.WaitForNextTickAsync();
        }
    }

    public static Task TrueAsync(string what, Func<Task<bool>> look) =>
        NotNullAsync(what, async () => await look() ? "yes" : null);
}
