using System.Text.Json.Nodes;
using Voxeltron.Cells;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Replay;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Re-execution of missions of growing length, as <c>voxeltron-replay run</c> does it: read from the database with the auditor's
/// role, every action executed again in Wasm, every write, fuel and chain value compared.
/// </summary>
internal sealed class ReplayBench(BenchFabric fabric, BenchOptions options)
{
    private const int Cells = 16;

    private int[] Lengths => options.Quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];

    private int Rounds => options.Quick ? 3 : 5;

    /// <summary>For all of the peer's rounds of one length.</summary>
    private TimeSpan PeerLimit => TimeSpan.FromSeconds(options.Quick ? 20 : 120);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await AgentModule.RegisterAsync(fabric, cancel);
        var perSecond = new JsonObject();
        var cpu = new JsonObject();
        var peer = new TemporalFigures();
        result.Table.Section($"replay of missions of {Cells} cells, median of {Rounds}");
        foreach (var length in Lengths)
        {
            var mission = await AgentModule.BeginAsync(fabric, module, Cells, periodUs: 0, cancel, timers: length / Cells);
            await mission.CloseAsync(cancel);
            await mission.WaitEndedAsync(cancel);
            var rates = new List<double>();
            var useds = new List<double>();
            for (var round = 0; round < Rounds; round++)
            {
                var begin = ProcessCpu.Ms(Environment.ProcessId);
                var report = await ReplayAsync(mission.Id, cancel);
                rates.Add(report.Actions / report.Elapsed.TotalSeconds);
                useds.Add((ProcessCpu.Ms(Environment.ProcessId) - begin) * 1_000 / report.Actions);
            }

            var (rate, used) = (new Distribution(rates).P50, new Distribution(useds).P50);
            perSecond[length.ToString()] = Figures.Number(rate);
            cpu[length.ToString()] = Figures.Number(used);
            result.Table.Value($"{length:N0} actions: actions/s", rate);
            result.Table.Value("CPU µs/action", used);
            peer.Add(length, rate, await TemporalPeer.ReplayAsync(fabric.State.Paths.Run, Cells, length / Cells, Rounds, PeerLimit, cancel), result.Table);
        }

        result.Figures["actions_per_s"] = perSecond;
        result.Figures["cpu_us_per_action"] = cpu;
        peer.AddTo(result.Figures);
        result.Settings["module"] = "tests/Guests/agent";
        result.Settings["cells"] = Cells;
        result.Settings["rounds"] = Rounds;
        result.Settings["peer_limit_s"] = PeerLimit.TotalSeconds;
        return result;
    }

    private async Task<ReplayReport> ReplayAsync(MissionId mission, CancellationToken cancel)
    {
        await using var database = new FabricDataSource(fabric.State.ConnectionString(FabricRole.Auditor), "voxeltron-bench");
        await using var reader = await LogReader.OpenAsync(database, cancel);
        using var engine = new CellEngine(new CellEngineOptions());
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(reader.Entries(fabric.Tenant, StreamId.System(fabric.Tenant), cancel), cancel);
        using var replay = new MissionReplay(engine, modules, fabric.Tenant, mission, TimeProvider.System);
        var report = await replay.RunAsync(reader.Entries(fabric.Tenant, StreamId.Of(mission), cancel), cancel);
        return report.Clean ? report : throw new VoxeltronException("bench_replay_diverged", report.Verdict());
    }
}
