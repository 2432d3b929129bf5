using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// One task fans out to many and a last one waits for all of them: how long that takes and what memory it needs, by width, and whether both
/// grow in a straight line. The items lie ready in a paused mission; the clock runs from the request that resumes it to the entry that says it ended.
/// </summary>
internal sealed class FanoutBench(BenchFabric fabric, BenchOptions options)
{
    private const int BatchSize = 1_000;

    private static readonly int[] s_widths = [100, 1_000, 10_000];
    private static readonly TimeSpan s_sampled = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] s_item = "{\"request\":\"bench\"}"u8.ToArray();

    private int Rounds => options.Quick ? 2 : 5;

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await EchoModule.RegisterAsync(fabric, cancel);
        _ = await RunAsync(module, 1_000, cancel);

        var runs = new List<FanoutRun>();
        for (var round = 0; round < Rounds; round++)
        {
            // Interleaved, so that a phase of the machine falls on all widths.
            foreach (var width in s_widths)
            {
                runs.Add(await RunAsync(module, width, cancel));
            }
        }

        result.Table.Section($"one to many to one, {Rounds} rounds");
        var (seconds, mib) = (new JsonObject(), new JsonObject());
        foreach (var width in s_widths)
        {
            var of = runs.FindAll(run => run.Width == width);
            var (s, grown) = (new Distribution(of.Select(static run => run.Seconds)), new Distribution(of.Select(static run => run.GrownMib)));
            var name = width.ToString(System.Globalization.CultureInfo.InvariantCulture);
            (seconds[name], mib[name]) = (Figures.Latency(s), Figures.Latency(grown));
            result.Table.Value($"{width,6} wide: s p50, tasks/s", $"{s.P50:0.000}, {width / s.P50:#,0}");
            result.Table.Value("               worker grew MiB p50, max", $"{grown.P50:0.0}, {grown.Max:0.0}");
        }

        var fit = LinearFit.Of(runs.Select(static run => ((double)run.Width, run.Seconds)));
        result.Figures["s"] = seconds;
        result.Figures["mib"] = mib;
        result.Figures["r2"] = Figures.Number(fit.R2);
        result.Figures["us_per_task"] = Figures.Number(fit.Slope * 1e6);
        result.Table.Value("linear fit of s: r², µs a task", $"{fit.R2:0.0000}, {fit.Slope * 1e6:0}");
        result.Settings["module"] = "samples/echo";
        result.Settings["rounds"] = Rounds;
        return result;
    }

    private async Task<FanoutRun> RunAsync(ModuleDigest module, int width, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, Spec(module), cancel);
        await PostAsync(mission, ":pause", wait: true, cancel);
        for (var from = 0; from < width; from += BatchSize)
        {
            await mission.SubmitBatchAsync(Enumerable.Range(from, Math.Min(BatchSize, width - from)).Select(static i => $"i-{i:D6}"), s_item, cancel);
        }

        await mission.CloseAsync(cancel);
        await AdmittedAsync(mission, width + 2, cancel);

        var before = Resident();
        using var sampling = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var most = SampleAsync(sampling.Token);
        var resumed = DateTime.UtcNow;
        await PostAsync(mission, ":resume", wait: false, cancel);
        await mission.WaitCompletedAsync(width + 2, cancel);
        await mission.WaitEndedAsync(cancel);
        await sampling.CancelAsync();
        var grown = Math.Max(0, await most - before) / 1024.0;
        return new FanoutRun(width, (await EndedAsync(mission, width + 2, cancel) - resumed).TotalSeconds, grown);
    }

    private Task<JsonNode> PostAsync(BenchMission mission, string act, bool wait, CancellationToken cancel) =>
        fabric.Http.PostAsync($"/v1/missions/{mission.Id}{act}", [], "application/octet-stream", cancel, ("Prefer", wait ? "wait=30" : "respond-async"));

    private async Task AdmittedAsync(BenchMission mission, int tasks, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(s_sampled);
        while ((await fabric.Http.GetJsonAsync($"/v1/missions/{mission.Id}", cancel))["tasks"]!["total"]!.GetValue<int>() < tasks)
        {
            await timer.WaitForNextTickAsync(cancel);
        }
    }

    /// <summary>The time of the last entry, by the owner's clock: it is durable here, one commit later.</summary>
    private async Task<DateTime> EndedAsync(BenchMission mission, int tasks, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            """
            select e.time, (select count(*) from control.task t where t.tenant_id = e.tenant_id and t.mission_id = e.stream_id and t.status = 'completed')
              from journal.entry e where e.tenant_id = $1 and e.stream_id = $2 and e.kind = 'mission.completed'
            """, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Id.Value });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel) || reader.GetInt64(1) != tasks)
        {
            throw new VoxeltronException("bench_tasks_lost", $"Not all {tasks} tasks of {mission.Id} completed.");
        }

        return reader.GetDateTime(0);
    }

    private async Task<long> SampleAsync(CancellationToken cancel)
    {
        var most = 0L;
        using var timer = new PeriodicTimer(s_sampled);
        try
        {
            while (true)
            {
                most = Math.Max(most, Resident());
                await timer.WaitForNextTickAsync(cancel);
            }
        }
        catch (OperationCanceledException)
        {
            return most;
        }
    }

    private long Resident() => fabric.WorkerResidentKib();

    private static byte[] Spec(ModuleDigest module) => Encoding.UTF8.GetBytes(
        $$$"""
        {"spec":"v1","name":"bench-fanout","inputs":{"{{{BenchMission.Input}}}":{"max_items":{{{Limits.ItemsPerInput}}}}},
         "tasks":[{"id":"plan","module":"{{{module}}}"},{"id":"part","module":"{{{module}}}","map":"{{{BenchMission.Input}}}","dependsOn":["plan"]},
                  {"id":"join","module":"{{{module}}}","dependsOn":["part"]}]}
        """);

    private sealed record FanoutRun(int Width, double Seconds, double GrownMib);
}
