// temporal-replay HISTORIES STEPS ROUNDS: replays so many histories of so many steps with Temporal's WorkflowReplayer, ROUNDS times,
// and prints after each round "SECONDS CPU_SECONDS". No server is involved. Whoever calls it ends it when it takes too long.
using System.Diagnostics;
using System.Globalization;
using Temporalio.Common;
using Temporalio.Worker;
using Voxeltron.Benchmarks.Temporal;

const int WarmUpSteps = 10;
var (histories, steps, rounds) = (Parse(args[0]), Parse(args[1]), Parse(args[2]));

// Debug mode only turns the deadlock detection off, which would end a long replay by itself.
var replayer = new WorkflowReplayer(new WorkflowReplayerOptions { DebugMode = true }.AddWorkflow<CountingWorkflow>());
await ReplayAsync(histories, WarmUpSteps);
for (var round = 0; round < rounds; round++)
{
    var (seconds, cpu) = await ReplayAsync(histories, steps);
    Console.WriteLine(FormattableString.Invariant($"{seconds} {cpu}"));
}

// Building the histories is not counted, reading their JSON neither.
async Task<(double Seconds, double CpuSeconds)> ReplayAsync(int count, int length)
{
    var json = History.Of(length);
    var all = Enumerable.Range(0, count).Select(i => WorkflowHistory.FromJson($"counting-{i}", json)).ToList();
    using var process = Process.GetCurrentProcess();
    var (begin, cpu) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
    foreach (var result in await replayer.ReplayWorkflowsAsync(all, throwOnReplayFailure: true))
    {
        ArgumentNullException.ThrowIfNull(result);
    }

    process.Refresh();
    return (Stopwatch.GetElapsedTime(begin).TotalSeconds, (process.TotalProcessorTime - cpu).TotalSeconds);
}

static int Parse(string text) => int.Parse(text, CultureInfo.InvariantCulture);
