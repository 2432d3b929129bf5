using System.Globalization;

namespace Voxeltron.Benchmarks;

/// <summary>Temporal's .NET replayer over histories made for it, in a process of its own that is ended when time is up.</summary>
internal static class TemporalPeer
{
    public const string ProgramVariable = "VOXELTRON_BENCH_TEMPORAL";
    public const string MissingVariable = "VOXELTRON_BENCH_TEMPORAL_MISSING";

    /// <param name="directory">For its log.</param>
    /// <param name="limit">Its rate falls with a history's length: a long one would take hours.</param>
    public static async Task<TemporalRun> ReplayAsync(string directory, int histories, int steps, int rounds, TimeSpan limit, CancellationToken cancel)
    {
        var program = Environment.GetEnvironmentVariable(ProgramVariable);
        if (string.IsNullOrEmpty(program))
        {
            var missing = Environment.GetEnvironmentVariable(MissingVariable);
            return new TemporalRun(null, null, string.IsNullOrEmpty(missing) ? $"{ProgramVariable} names no program" : missing);
        }

        var lines = new List<string>();
        var log = Path.Combine(directory, "temporal.log");
        var cut = false;
        await using (var child = ChildProcess.Start(log, [], lines.Add, "dotnet", "exec", program, Text(histories), Text(steps), Text(rounds)))
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(limit);
            try
            {
                await child.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                cut = true;
            }
        }

        var done = lines.Select(static line => Array.ConvertAll(line.Split(' '), static number => double.Parse(number, CultureInfo.InvariantCulture))).ToList();
        var reason = done.Count == rounds ? null : cut ? $"cut after {limit.TotalSeconds:0} s with {done.Count} of {rounds} rounds done" : "it ended early: " + FirstLine(log);
        var total = (double)histories * steps;
        return done.Count == 0
            ? new TemporalRun(null, null, reason)
            : new TemporalRun(new Distribution(done.Select(round => total / round[0])).P50, new Distribution(done.Select(round => round[1] * 1e6 / total)).P50, reason);
    }

    private static string FirstLine(string log) => File.ReadLines(log).FirstOrDefault() ?? "it said nothing";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
