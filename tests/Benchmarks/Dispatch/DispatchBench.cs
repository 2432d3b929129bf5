using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// POST → task running, durable, while tasks arrive at a fixed rate whatever the fabric does (open loop); then how many tasks a
/// second one mission completes when they come in batches. Every task boots a cell of its own: nothing here is warmer than that.
/// </summary>
internal sealed class DispatchBench(BenchFabric fabric, BenchOptions options)
{
    private const int RatePerS = 200;
    private const int WarmUpTasks = 1_000;
    private const int BatchSize = 1_000;
    private const int BatchClients = 4;

    private static readonly byte[] s_item = "{\"request\":\"bench\",\"amount_cents\":12050,\"units\":3}"u8.ToArray();

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await EchoModule.RegisterAsync(fabric, cancel);
        await WarmUpAsync(module, cancel);

        var seconds = options.Quick ? 8 : 60;
        await PacedAsync(module, seconds, result, cancel);
        var tasks = options.Quick ? 10_000 : 50_000;
        await BatchedAsync(module, tasks, result, cancel);

        result.Settings["module"] = "samples/echo";
        result.Settings["temperature"] = "mission open, module compiled and cached; a new cell for every task; processes warm";
        result.Settings["warm_up_tasks"] = WarmUpTasks;
        result.Settings["paced"] = new JsonObject { ["arrivals_per_s"] = RatePerS, ["seconds"] = seconds, ["missions"] = 1, ["loop"] = "open" };
        result.Settings["batched"] = new JsonObject { ["tasks"] = tasks, ["missions"] = 1, ["items_per_request"] = BatchSize, ["requests_at_once"] = BatchClients };
        result.Settings["item_bytes"] = s_item.Length;
        return result;
    }

    // Both ways a task can come, so that neither is measured while it is compiled.
    private async Task WarmUpAsync(ModuleDigest module, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, module, cancel);
        await mission.SubmitBatchAsync(Items("w", 0, WarmUpTasks / 2), s_item, cancel);
        for (var i = WarmUpTasks / 2; i < WarmUpTasks; i++)
        {
            await mission.SubmitAsync($"w-{i:D6}", s_item, wait: false, cancel);
        }

        await mission.WaitCompletedAsync(WarmUpTasks, cancel);
        await mission.CloseAsync(cancel);
    }

    private async Task PacedAsync(ModuleDigest module, int seconds, BenchResult result, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, module, cancel);
        var cpu = fabric.CpuUse();
        var arrivals = await new OpenLoop(RatePerS).RunAsync(RatePerS * seconds, i => mission.SubmitAsync($"i-{i:D6}", s_item, wait: false, cancel), cancel);
        await mission.WaitCompletedAsync(arrivals.Count, cancel);
        cpu = fabric.CpuUse() - cpu;
        var seen = await fabric.Timelines.ReadAsync(fabric.Tenant, mission.Id, arrivals.Count, cancel);
        await mission.CloseAsync(cancel);

        var running = new Distribution(arrivals.Select(a => Ticks.Ms(a.Sent.Posted, seen[a.Sent.Item].RunningDurable)));
        var claimed = new Distribution(arrivals.Select(a => Ticks.Ms(a.Sent.Posted, seen[a.Sent.Item].Claimed)));
        var inWorker = new Distribution(arrivals.Select(a => Ticks.Us(seen[a.Sent.Item].Claimed, seen[a.Sent.Item].Running)));
        var durable = new Distribution(arrivals.Select(a => Ticks.Ms(seen[a.Sent.Item].Running, seen[a.Sent.Item].RunningDurable)));
        var fromDue = new Distribution(arrivals.Select(a => Ticks.Ms(a.Due, seen[a.Sent.Item].RunningDurable)));
        var ack = new Distribution(arrivals.Select(static a => Ticks.Ms(a.Sent.Posted, a.Sent.Answered)));
        var late = new Distribution(arrivals.Select(static a => Ticks.Ms(a.Due, a.Sent.Posted)));
        var missed = arrivals.Count(static a => Ticks.Ms(a.Due, a.Sent.Posted) > 1000.0 / RatePerS);

        result.Figures["post_running_ms"] = Figures.Latency(running);
        result.Figures["paced"] = new JsonObject
        {
            ["due_running_ms"] = Figures.Latency(fromDue),
            ["post_claim_ms"] = Figures.Latency(claimed),
            ["claim_running_us"] = Figures.Latency(inWorker),
            ["running_durable_ms"] = Figures.Latency(durable),
            ["post_ack_ms"] = Figures.Latency(ack),
            ["send_late_ms"] = Figures.Latency(late),
            ["missed_arrivals"] = missed,
            ["cpu_us_per_task"] = cpu.Per(arrivals.Count),
        };

        result.Table.Section($"{RatePerS} POSTs a second into one mission, open loop, {seconds} s");
        result.Table.Latency("POST → running, durable   ms", running);
        result.Table.Latency("  POST → claimed          ms", claimed);
        result.Table.Latency("  claimed → running       µs", inWorker);
        result.Table.Latency("  running → durable       ms", durable);
        result.Table.Latency("due → running, durable    ms", fromDue);
        result.Table.Latency("POST → acknowledged       ms", ack);
        result.Table.Value("missed arrivals", $"{missed} of {arrivals.Count} (sent more than {1000 / RatePerS} ms late)");
        result.Table.Value("CPU µs/task", cpu.Text(arrivals.Count));
    }

    private async Task BatchedAsync(ModuleDigest module, int tasks, BenchResult result, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, module, cancel);
        var cpu = fabric.CpuUse();
        var begin = Ticks.Now;
        await Parallel.ForAsync(0, tasks / BatchSize, new ParallelOptions { MaxDegreeOfParallelism = BatchClients, CancellationToken = cancel }, async (batch, token) =>
            await mission.SubmitBatchAsync(Items("i", batch * BatchSize, BatchSize), s_item, token));
        var submitted = Ticks.Now;
        await mission.WaitCompletedAsync(tasks, TimeSpan.FromMinutes(5), cancel);
        cpu = fabric.CpuUse() - cpu;
        var seen = await fabric.Timelines.ReadAsync(fabric.Tenant, mission.Id, tasks, cancel);
        await mission.CloseAsync(cancel);

        var last = seen.Values.Max(static task => task.EndDurable);
        var firstBegan = seen.Values.Min(static task => task.Began);
        var perS = tasks / Ticks.Seconds(begin, last);
        var inWorkerPerS = tasks / Ticks.Seconds(firstBegan, last);
        var execution = new Distribution(seen.Values.Select(static task => Ticks.Us(task.Began, task.Ended)));
        result.Figures["tasks_per_s"] = Figures.Number(perS);
        result.Figures["batched"] = new JsonObject
        {
            ["submit_s"] = Figures.Number(Ticks.Seconds(begin, submitted)),
            ["whole_s"] = Figures.Number(Ticks.Seconds(begin, last)),
            ["tasks_per_s_from_first_boot"] = Figures.Number(inWorkerPerS),
            ["task_us"] = Figures.Latency(execution),
            ["cpu_us_per_task"] = cpu.Per(tasks),
        };
        result.Table.Section($"{tasks:#,0} tasks into one mission, {BatchSize} a request, {BatchClients} requests at once");
        result.Table.Value("tasks/s, completed, durable", perS);
        result.Table.Value("  submitting took           s", Ticks.Seconds(begin, submitted));
        result.Table.Value("  all took                  s", Ticks.Seconds(begin, last));
        result.Table.Latency("one task, boot to end     µs", execution);
        result.Table.Value("CPU µs/task", cpu.Text(tasks));
    }

    private static IEnumerable<string> Items(string prefix, int from, int count) => Enumerable.Range(from, count).Select(i => $"{prefix}-{i:D6}");
}
