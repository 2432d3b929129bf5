using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>One open mission and the ways to feed it.</summary>
internal sealed class BenchMission(BenchFabric fabric, MissionId id)
{
    public const string Input = "items";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LivePatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LivePoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    public MissionId Id => id;

    public static Task<BenchMission> OpenAsync(BenchFabric fabric, ModuleDigest module, CancellationToken cancel) => OpenAsync(fabric, EchoModule.Spec(module, "bench"), cancel);

    public static async Task<BenchMission> OpenAsync(BenchFabric fabric, byte[] spec, CancellationToken cancel)
    {
        var answer = await fabric.Http.PostAsync(
            "/v1/missions", spec, "application/json", cancel, ("Idempotency-Key", Guid.NewGuid().ToString("N")), ("Prefer", "wait=30"));
        var mission = MissionId.TryParse(answer["mission_id"]!.GetValue<string>(), out var id)
            ? new BenchMission(fabric, id)
            : throw new VoxeltronException("bench_mission_refused", $"Opening a mission answered {answer.ToJsonString()}");
        return answer["status"]!.GetValue<string>() is "open" or "running"
            ? mission
            : throw new VoxeltronException("bench_mission_refused", $"The mission did not open within 30 s: {answer.ToJsonString()}");
    }

    public static async Task<IReadOnlyList<BenchMission>> OpenManyAsync(BenchFabric fabric, ModuleDigest module, int count, int concurrency, CancellationToken cancel, int warm = 0, string? egress = null)
    {
        var missions = new BenchMission[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel }, async (i, token) =>
            missions[i] = await OpenAsync(fabric, EchoModule.Spec(module, "bench", warm, egress), token));
        return missions;
    }

    /// <param name="item">The item's key.</param>
    /// <param name="body">The item's bytes.</param>
    /// <param name="wait">Whether to wait until the owner has admitted it durably, instead of only until it is durable in the inbox.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<SentItem> SubmitAsync(string item, byte[] body, bool wait, CancellationToken cancel)
    {
        var path = $"/v1/missions/{id}/tasks?input={Input}&item={item}";
        // Before the request is made, so before its first byte leaves: never in the fabric's favour.
        var posted = Ticks.Now;
        _ = await fabric.Http.PostAsync(path, body, "application/octet-stream", cancel, ("Prefer", wait ? "wait=30" : "respond-async"));
        return new SentItem(item, posted, Ticks.Now);
    }

    public Task SubmitBatchAsync(IEnumerable<string> items, byte[] body, CancellationToken cancel) => SubmitBatchAsync(items.Select(item => (item, body)), cancel);

    public async Task SubmitBatchAsync(IEnumerable<(string Item, byte[] Body)> items, CancellationToken cancel)
    {
        var lines = new StringBuilder();
        foreach (var (item, body) in items)
        {
            lines.Append($$"""{"input":"{{Input}}","item":"{{item}}","base64":"{{Convert.ToBase64String(body)}}"}""").Append('\n');
        }

        await fabric.Http.PostAsync($"/v1/missions/{id}/tasks:batch", Encoding.UTF8.GetBytes(lines.ToString()), "application/x-ndjson", cancel);
    }

    /// <summary>Waits until so many tasks ended; anything but "completed" is an error.</summary>
    public async Task WaitCompletedAsync(int count, TimeSpan patience, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Poll);
        for (var begin = Ticks.Now; ; await timer.WaitForNextTickAsync(cancel))
        {
            var tasks = (await fabric.Http.GetJsonAsync($"/v1/missions/{id}", cancel))["tasks"]!;
            var (completed, bad) = (Count(tasks, "completed"), Count(tasks, "refused") + Count(tasks, "failed") + Count(tasks, "skipped"));
            if (bad > 0 || (completed < count && Ticks.Seconds(begin, Ticks.Now) > patience.TotalSeconds))
            {
                throw new VoxeltronException("bench_tasks_lost", $"Of {count} tasks of {id} {completed} completed and {bad} did not, after {Ticks.Seconds(begin, Ticks.Now):0.0} s.");
            }

            if (completed >= count)
            {
                return;
            }
        }
    }

    public Task WaitCompletedAsync(int count, CancellationToken cancel) => WaitCompletedAsync(count, Patience, cancel);

    /// <summary>Waits until so many tasks have a cell that acted and now waits.</summary>
    public async Task WaitLiveAsync(int cells, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(LivePoll);
        for (var (begin, before) = (Ticks.Now, -1); ; await timer.WaitForNextTickAsync(cancel))
        {
            var running = Count((await fabric.Http.GetJsonAsync($"/v1/missions/{id}", cancel))["tasks"]!, "running");
            if (running == cells)
            {
                return;
            }

            if (running != before)
            {
                (begin, before) = (Ticks.Now, running);
            }

            if (Ticks.Seconds(begin, Ticks.Now) > LivePatience.TotalSeconds)
            {
                throw new VoxeltronException("bench_tasks_lost", $"Of {cells} cells of {id} {running} live, and no other came in {LivePatience}.");
            }
        }
    }

    /// <summary>Ends the mission, so that it holds no slot of its host any more.</summary>
    public Task CloseAsync(CancellationToken cancel) =>
        fabric.Http.PostAsync($"/v1/missions/{id}/inputs/{Input}:close", [], "application/octet-stream", cancel);

    public Task CancelAsync(CancellationToken cancel) => fabric.Http.PostAsync($"/v1/missions/{id}:cancel", [], "application/octet-stream", cancel);

    /// <summary>Waits until the mission's last entry is durable.</summary>
    public async Task WaitEndedAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Poll);
        for (var begin = Ticks.Now; (await fabric.Http.GetJsonAsync($"/v1/missions/{id}", cancel))["status"]!.GetValue<string>() is "open" or "running"; await timer.WaitForNextTickAsync(cancel))
        {
            if (Ticks.Seconds(begin, Ticks.Now) > Patience.TotalSeconds)
            {
                throw new VoxeltronException("bench_mission_endless", $"{id} did not end within {Patience}.");
            }
        }
    }

    public static Task CloseManyAsync(IEnumerable<BenchMission> missions, int concurrency, CancellationToken cancel) =>
        Parallel.ForEachAsync(missions, new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = cancel }, async (mission, token) => await mission.CloseAsync(token));

    private static int Count(JsonNode tasks, string status) => tasks[status]!.GetValue<int>();
}
