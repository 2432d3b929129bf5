namespace Voxeltron.Benchmarks;

/// <summary>Clients that each send again as soon as they were answered.</summary>
internal static class ClosedLoop
{
    /// <summary>What was sent and never answered does not hold up a benchmark for ever.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(30);

    /// <param name="operation">Gets a number no other call of this run gets, from 1.</param>
    /// <param name="onWindow">Called as the window begins and as it ends.</param>
    public static async Task<ClosedLoopRun> RunAsync(
        int clients, TimeSpan warmUp, TimeSpan window, Func<int, CancellationToken, Task> operation, Action onWindow, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(warmUp + window + AnswerPatience);
        var token = limit.Token;
        var (next, begun, ended) = (0, false, false);
        var loops = new Task<List<double>>[clients];
        for (var client = 0; client < clients; client++)
        {
            loops[client] = Task.Run(LoopAsync, token);
        }

        await Task.Delay(warmUp, token);
        onWindow();
        var begin = Ticks.Now;
        Volatile.Write(ref begun, true);
        await Task.Delay(window, token);
        Volatile.Write(ref ended, true);
        var elapsed = Ticks.Seconds(begin, Ticks.Now);
        onWindow();
        return new ClosedLoopRun(new Distribution((await Task.WhenAll(loops)).SelectMany(static l => l)), elapsed, next);

        // Counted is what was answered inside the window, wherever it began.
        async Task<List<double>> LoopAsync()
        {
            var answered = new List<double>();
            while (!Volatile.Read(ref ended))
            {
                var sent = Ticks.Now;
                await operation(Interlocked.Increment(ref next), token);
                if (Volatile.Read(ref begun) && !Volatile.Read(ref ended))
                {
                    answered.Add(Ticks.Ms(sent, Ticks.Now));
                }
            }

            return answered;
        }
    }
}

/// <param name="LatencyMs">Of each operation answered inside the window.</param>
/// <param name="Sent">Operations altogether, warm-up included; all were answered.</param>
internal sealed record ClosedLoopRun(Distribution LatencyMs, double WindowS, int Sent)
{
    public double PerS => LatencyMs.Count / WindowS;
}
