using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// POST → cell ready, durable. Cold by definition: the mission is open, its module compiled and cached, and nothing was ever
/// instantiated for it — so every boot goes to a mission of its own. The processes themselves are warm: some hundred tasks of
/// other missions ran before. The headline is <see cref="Clients"/> at once: as many POSTs in one instant, the next burst when
/// every cell of the last is ready and durable. Beside it a closed loop that keeps the machine full: a client posts again
/// when the owner has admitted its last item, so boots in flight are at most as many as clients. All of these are misses: nothing was made
/// before it was asked for; <c>hit</c> is the same burst into missions that keep an instance ready.
/// </summary>
internal sealed class BootBench(BenchFabric fabric, BenchOptions options)
{
    private const int Clients = 50;
    private const int WarmUpMissions = 300;

    /// <summary>Bursts before those that count: the first ten cost twice the CPU, most of it the client's own compiling.</summary>
    private const int WarmUpInBursts = 500;

    /// <summary>A host owns at most 1,024 streams, its tenant's and the fabric's own among them.</summary>
    private const int MissionsPerRound = 1_000;

    /// <summary>As many as a broker has namespaces for without taking any apart.</summary>
    private const int FreshProfiles = 24;

    private static readonly TimeSpan IdleSettle = TimeSpan.FromSeconds(3);

    private static readonly byte[] s_item = "{\"request\":\"bench\",\"amount_cents\":12050,\"units\":3}"u8.ToArray();

    private int IdleCells => options.Quick ? 2_000 : 10_000;

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await EchoModule.RegisterAsync(fabric, cancel);
        await ManyMissionsAsync(module, WarmUpMissions, Clients, cancel);
        await BurstsAsync(module, WarmUpInBursts, cancel);

        HostCalls(result);
        var rounds = options.Quick ? 1 : 5;
        var together = await RoundsAsync(rounds, () => BurstsAsync(module, MissionsPerRound, cancel));
        together.AddTo(result.Figures);
        result.Table.Section($"{Clients} at once, again and again, each boot in a mission that never had a cell");
        together.AddTo(result.Table);

        Add(result, "one_client", "1 client, each boot in a mission that never had a cell",
            await ManyMissionsAsync(module, MissionsPerRound, 1, cancel));
        if (!options.Quick)
        {
            Add(result, "closed_loop", $"{Clients} clients without a pause, each boot in a mission that never had a cell",
                await ManyMissionsAsync(module, MissionsPerRound, Clients, cancel));
            Add(result, "one_mission", $"{Clients} clients, all boots in one mission, one writer section",
                await OneMissionAsync(module, 5_000, Clients, cancel));
        }

        await HitAsync(result, module, rounds, cancel);
        await NetnsAsync(result, module, rounds, cancel);
        await BesideIdleCellsAsync(result, module, rounds, cancel);

        result.Settings["module"] = "samples/echo";
        result.Settings["temperature"] = "mission open, module compiled and cached, nothing instantiated for the mission before; processes warm";
        result.Settings["warm_up_boots"] = WarmUpMissions + WarmUpInBursts;
        result.Settings["concurrency"] = Clients;
        result.Settings["loop"] = $"bursts: {Clients} POSTs at once, the next burst when all are ready and durable; closed_loop and one_client: next POST after the owner admitted the last item (Prefer: wait)";
        result.Settings["item_bytes"] = s_item.Length;
        return result;
    }

    /// <summary>While the fabric has nothing to do: what every event of a cell is made of.</summary>
    private void HostCalls(BenchResult result)
    {
        using var runs = new HostCallRuns();
        var calls = runs.Run(options.Quick ? 200 : 2_000);
        result.Figures["host_call_ns"] = calls;
        result.Table.Section("A call from guest to host, ns, means of 20,000");
        foreach (var (name, figure) in calls)
        {
            result.Table.Value($"{name}: p50, p99", $"{figure!["p50"]}, {figure["p99"]}");
        }
    }

    /// <summary>Bursts into missions that keep an instance ready: made before anyone asked, and no guest code has run in it.</summary>
    private async Task HitAsync(BenchResult result, ModuleDigest module, int rounds, CancellationToken cancel)
    {
        var sample = await RoundsAsync(rounds, () => BurstsAsync(module, MissionsPerRound, cancel, warm: 1));
        var figures = new JsonObject();
        sample.AddTo(figures);
        result.Figures["hit"] = figures;
        result.Table.Section($"{Clients} at once, each boot takes an instance its mission kept ready");
        sample.AddTo(result.Table);
    }

    /// <summary>The same bursts of cells with egress: each boot takes a network namespace, one that lay ready or one that is made.</summary>
    private async Task NetnsAsync(BenchResult result, ModuleDigest module, int rounds, CancellationToken cancel)
    {
        if (BrokerOfFabric.Missing(fabric) is { } reason)
        {
            result.Figures["netns"] = new JsonObject { ["missing"] = reason };
            result.Table.Section($"Cells with egress: not measured, {reason}");
            return;
        }

        // One profile: its namespaces come back and are ready again. Then one for each burst: none of it was ever made.
        var figures = new JsonObject();
        result.Figures["netns"] = figures;
        var serial = 0;
        foreach (var (name, title, fresh) in ((string, string, bool)[])[("hit", "of one egress profile, whose namespaces lie ready as far as they do", false), ("miss", "of an egress profile nobody used before", true)])
        {
            var egress = BrokerOfFabric.Sign(fabric, "192.0.2.1", 80, ++serial);
            await BurstsAsync(module, Clients, cancel, egress: egress);
            var sample = await RoundsAsync(fresh ? rounds * 4 : rounds, () => fresh
                ? BurstsAsync(module, Clients, cancel, egress: BrokerOfFabric.Sign(fabric, "192.0.2.1", 80, ++serial))
                : BurstsAsync(module, MissionsPerRound, cancel, egress: egress));
            var of = new JsonObject();
            sample.AddTo(of);
            figures[name] = of;
            result.Table.Section($"{Clients} at once, each boot takes a network namespace, {title}");
            sample.AddTo(result.Table);
        }

        // One client, beside `one_client`: what the stage adds to a boot nobody else competes with; and what making one takes while it waits.
        var kept = BrokerOfFabric.Sign(fabric, "192.0.2.1", 80, ++serial);
        await ManyMissionsAsync(module, Clients, 1, cancel, kept);
        Add(figures, result, "one_client", "1 client, each boot takes a network namespace of one egress profile",
            await ManyMissionsAsync(module, MissionsPerRound, 1, cancel, kept));
        Add(figures, result, "one_client_miss", "1 client, each boot in a mission opened a moment before, with an egress profile nobody used before",
            await FreshProfilesAsync(module, () => BrokerOfFabric.Sign(fabric, "192.0.2.1", 80, ++serial), cancel));
    }

    /// <summary>One after the other, each mission opened right before its item: a mission that was accepted earlier has its namespaces made by then.</summary>
    private async Task<BootRun> FreshProfilesAsync(ModuleDigest module, Func<string> profile, CancellationToken cancel)
    {
        var missions = new List<BenchMission>();
        var sent = new SentItem[FreshProfiles];
        var cpu = fabric.CpuUse();
        var begin = Ticks.Now;
        for (var i = 0; i < FreshProfiles; i++)
        {
            missions.AddRange(await BenchMission.OpenManyAsync(fabric, module, 1, 1, cancel, egress: profile()));
            sent[i] = await missions[i].SubmitAsync("first", s_item, wait: true, cancel);
        }

        return await CollectAsync(missions, (sent, fabric.CpuUse() - cpu, Ticks.Seconds(begin, Ticks.Now)), cancel);
    }

    /// <summary>Until every mission has its instance: hosts say once a second what they have.</summary>
    private async Task WaitReadyAsync(int instances, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        for (var begin = Ticks.Now; ; await timer.WaitForNextTickAsync(cancel))
        {
            var live = (await fabric.Http.GetJsonAsync("/v1/hosts", cancel))["hosts"]!.AsArray().Sum(static host => host!["cells_live"]!.GetValue<int>());
            if (live >= instances)
            {
                return;
            }

            if (Ticks.Seconds(begin, Ticks.Now) > 60)
            {
                throw new VoxeltronException("bench_pool_empty", $"Of {instances} instances {live} are ready after a minute.");
            }
        }
    }

    private async Task RequireHitsAsync(IReadOnlyList<BenchMission> missions, CancellationToken cancel)
    {
        await using var connection = await fabric.Database.OpenAsync(cancel);
        await using var command = new Npgsql.NpgsqlCommand(
            "select count(*) from journal.entry where tenant_id = $1 and stream_id = any($2) and kind = 'cell.booted' and body::json ->> 'warm' = 'true'", connection);
        command.Parameters.Add(new Npgsql.NpgsqlParameter<string> { TypedValue = fabric.Tenant.Value });
        command.Parameters.Add(new Npgsql.NpgsqlParameter<Guid[]> { TypedValue = [.. missions.Select(static m => m.Id.Value)] });
        var hits = (long)(await command.ExecuteScalarAsync(cancel))!;
        if (hits < missions.Count)
        {
            throw new VoxeltronException("bench_missed", $"Of {missions.Count} boots {hits} took an instance that was ready.");
        }
    }

    /// <summary>The same bursts while the worker is full of cells that wait. Last, so that nothing else is measured beside them.</summary>
    private async Task BesideIdleCellsAsync(BenchResult result, ModuleDigest module, int rounds, CancellationToken cancel)
    {
        var idle = await IdleMission.OpenAsync(fabric, await IdleMission.RegisterAsync(fabric, cancel), 0, cancel);
        await idle.FillAsync(IdleCells, cancel);
        await idle.Mission.WaitLiveAsync(IdleCells, cancel);
        // Collections and write-backs of the filling end.
        await Task.Delay(IdleSettle, cancel);
        // What the processes keep by size grew with the cells: bursts that do not count, as in the beginning.
        await BurstsAsync(module, WarmUpInBursts, cancel);
        var sample = await RoundsAsync(rounds, () => BurstsAsync(module, MissionsPerRound, cancel));
        var figures = new JsonObject { ["idle_cells"] = IdleCells };
        sample.AddTo(figures);
        result.Figures["idle10k"] = figures;
        result.Table.Section($"{Clients} at once beside {IdleCells:N0} idle cells, each boot in a mission that never had a cell");
        sample.AddTo(result.Table);
        await idle.Mission.CancelAsync(cancel);
        await idle.Mission.WaitEndedAsync(cancel);
    }

    private static void Add(BenchResult result, string name, string title, BootRun run) => Add(result.Figures, result, name, title, run);

    private static void Add(JsonObject into, BenchResult result, string name, string title, BootRun run)
    {
        var figures = new JsonObject();
        run.Sample().AddTo(figures);
        into[name] = figures;
        result.Table.Section(title);
        run.Sample().AddTo(result.Table);
    }

    private static async Task<BootSample> RoundsAsync(int rounds, Func<Task<BootRun>> round)
    {
        var all = await round();
        for (var i = 1; i < rounds; i++)
        {
            all = all.With(await round());
        }

        return all.Sample();
    }

    private async Task<BootRun> BurstsAsync(ModuleDigest module, int count, CancellationToken cancel, int warm = 0, string? egress = null)
    {
        var missions = await BenchMission.OpenManyAsync(fabric, module, count, Clients, cancel, warm, egress);
        if (warm > 0)
        {
            await WaitReadyAsync(count, cancel);
        }

        var sent = new SentItem[count];
        var cpu = fabric.CpuUse();
        var begin = Ticks.Now;
        for (var first = 0; first < count; first += Clients)
        {
            var burst = Enumerable.Range(first, Math.Min(Clients, count - first)).ToList();
            // The client's own pauses are not the fabric's: it collects between bursts, and makes too little in one to collect again.
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
            await fabric.CompleteAsync(
                [.. burst.Select(i => missions[i].Id)],
                () => Task.WhenAll(burst.Select(i => Task.Run(async () => sent[i] = await missions[i].SubmitAsync("first", s_item, wait: false, cancel), cancel))),
                cancel);
        }

        var run = (sent, fabric.CpuUse() - cpu, Ticks.Seconds(begin, Ticks.Now));
        if (warm > 0)
        {
            await RequireHitsAsync(missions, cancel);
        }

        return await CollectAsync(missions, run, cancel);
    }

    private async Task<BootRun> ManyMissionsAsync(ModuleDigest module, int count, int clients, CancellationToken cancel, string? egress = null)
    {
        var missions = await BenchMission.OpenManyAsync(fabric, module, count, Clients, cancel, egress: egress);
        var run = await MeasureAsync(count, clients, i => missions[i].SubmitAsync("first", s_item, wait: true, cancel), cancel);
        return await CollectAsync(missions, run, cancel);
    }

    private async Task<BootRun> CollectAsync(IReadOnlyList<BenchMission> missions, (SentItem[] Sent, CpuUse Cpu, double ElapsedS) run, CancellationToken cancel)
    {
        var count = missions.Count;
        var boots = new (SentItem, TaskTimeline)[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel }, async (i, token) =>
        {
            var seen = await fabric.Timelines.ReadAsync(fabric.Tenant, missions[i].Id, 1, token);
            boots[i] = (run.Sent[i], seen.Values.Single());
        });
        var stages = await BootStagesReader.ReadAsync(fabric, missions.Select(static m => m.Id), cancel);
        await BenchMission.CloseManyAsync(missions, Clients, cancel);
        return new BootRun(boots, stages, run.Cpu, run.ElapsedS);
    }

    private async Task<BootRun> OneMissionAsync(ModuleDigest module, int count, int clients, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, module, cancel);
        var run = await MeasureAsync(count, clients, i => mission.SubmitAsync($"i-{i:D6}", s_item, wait: true, cancel), cancel);
        await mission.WaitCompletedAsync(count, cancel);
        var seen = await fabric.Timelines.ReadAsync(fabric.Tenant, mission.Id, count, cancel);
        var stages = await BootStagesReader.ReadAsync(fabric, [mission.Id], cancel);
        await mission.CloseAsync(cancel);
        return new BootRun([.. run.Sent.Select(sent => (sent, seen[sent.Item]))], stages, run.Cpu, run.ElapsedS);
    }

    private async Task<(SentItem[] Sent, CpuUse Cpu, double ElapsedS)> MeasureAsync(int count, int clients, Func<int, Task<SentItem>> submit, CancellationToken cancel)
    {
        var sent = new SentItem[count];
        var cpu = fabric.CpuUse();
        var begin = Ticks.Now;
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(ClientAsync, cancel)));
        return (sent, fabric.CpuUse() - cpu, Ticks.Seconds(begin, Ticks.Now));

        async Task ClientAsync()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                sent[i] = await submit(i);
            }
        }
    }
}
