using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// How long a mission stands still when its owner is killed: from SIGKILL until another worker's first entry is durable, so
/// detection, claim, recovery of the tail and a commit. The mission has one live cell; the rest of its tail are actions.
/// </summary>
internal sealed class RecoveryBench(BenchFabric fabric, BenchOptions options)
{
    private const int Cells = 16;
    private const long AnHourUs = 3_600_000_000;

    /// <summary>Actions of the mission that is taken over from a snapshot.</summary>
    private const int SnapshotLength = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private int[] Tails => options.Quick ? [100, 30_000] : [100, 10_000, 30_000, 100_000];

    private int Rounds => options.Quick ? 3 : 7;

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await AgentModule.RegisterAsync(fabric, cancel);
        await WorkerPair.EndAllAsync(fabric, cancel);
        var takeover = new JsonObject();
        result.Table.Section("owner killed → next owner's entry durable, ms p50, max");
        await using (var workers = new WorkerPair(fabric, new Dictionary<string, string> { ["VOXELTRON_WORKER__SNAPSHOT_TAIL"] = "0" }))
        {
            await workers.FillAsync(cancel);
            foreach (var tail in Tails)
            {
                var mission = await BeginAsync(module, tail, cancel);
                Add(takeover, tail.ToString(), await TakeOverAsync(workers, mission, cancel), result.Table, $"{tail:N0} entries, no snapshot");
                await mission.CancelAsync(cancel);
                await mission.WaitEndedAsync(cancel);
            }
        }

        result.Figures["takeover_ms"] = takeover;
        if (!options.Quick)
        {
            await FromSnapshotAsync(module, result, cancel);
        }

        result.Settings["module"] = "tests/Guests/agent";
        result.Settings["rounds"] = Rounds;
        return result;
    }

    private async Task FromSnapshotAsync(ModuleDigest module, BenchResult result, CancellationToken cancel)
    {
        await WorkerPair.EndAllAsync(fabric, cancel);
        await using var workers = new WorkerPair(fabric, new Dictionary<string, string> { ["VOXELTRON_WORKER__SNAPSHOT_TAIL"] = "20000", ["VOXELTRON_WORKER__SNAPSHOT_INTERVAL_MS"] = "500" });
        await workers.FillAsync(cancel);
        var mission = await BeginAsync(module, SnapshotLength, cancel);
        var seq = await CountingSnapshotAsync(mission.Id, cancel);
        var tail = await fabric.HeadSeqAsync(mission.Id, cancel) - seq;
        var figures = new JsonObject();
        Add(figures, tail.ToString(), await TakeOverAsync(workers, mission, cancel), result.Table, $"{tail:N0} entries after a snapshot at seq {seq:N0}");
        result.Figures["takeover_from_snapshot_ms"] = figures;
    }

    private async Task<BenchMission> BeginAsync(ModuleDigest module, int tail, CancellationToken cancel)
    {
        var mission = await AgentModule.BeginAsync(fabric, module, Cells, periodUs: 0, cancel, timers: Math.Max(1, tail / Cells));
        await mission.WaitCompletedAsync(Cells, Patience, cancel);
        await AgentModule.AddAsync(mission, "waits", Cells, AnHourUs, cancel);
        return mission;
    }

    private async Task<Distribution> TakeOverAsync(WorkerPair workers, BenchMission mission, CancellationToken cancel)
    {
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await workers.FillAsync(cancel);
            times.Add(await workers.TakeoverMsAsync(mission.Id, cancel));
        }

        await workers.FillAsync(cancel);
        return new Distribution(times);
    }

    /// <summary>Waits until nothing of the mission is left to be judged.</summary>
    /// <returns>The seq of the newest snapshot that counts.</returns>
    private async Task<long> CountingSnapshotAsync(MissionId mission, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(
            "select max(seq) filter (where verdict = 'reproduced'), count(*) filter (where verdict is null) from control.snapshot where tenant_id = $1 and stream_id = $2", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = mission.Value });
        using var timer = new PeriodicTimer(Poll);
        for (var begin = Ticks.Now; Ticks.Seconds(begin, Ticks.Now) < Patience.TotalSeconds; await timer.WaitForNextTickAsync(cancel))
        {
            await using var reader = await command.ExecuteReaderAsync(cancel);
            if (await reader.ReadAsync(cancel) && !reader.IsDBNull(0) && reader.GetInt64(1) == 0)
            {
                return reader.GetInt64(0);
            }
        }

        throw new VoxeltronException("bench_no_snapshot", $"No snapshot of {mission} counted within {Patience}.");
    }

    private static void Add(JsonObject figures, string key, Distribution times, TextTable table, string what)
    {
        figures[key] = Figures.Latency(times);
        table.Value(what, $"{times.P50:0}  {times.Max:0}");
    }
}
