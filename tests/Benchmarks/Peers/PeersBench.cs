using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// An isolated unit to its first answer, in turn on the same machine: a cell (an item is claimed, its cell booted, its handler has answered), and what
/// others isolate with: a process, bubblewrap, a container, a node process, an isolate of workerd. Where these are not alike stands in docs/performance.md.
/// </summary>
internal sealed class PeersBench(BenchFabric fabric, BenchOptions options)
{
    private const int OpeningAtOnce = 16;

    private static readonly byte[] s_item = "first"u8.ToArray();

    private readonly List<double> _ours = [];
    private readonly List<double> _durable = [];

    private int Rounds => options.Quick ? 2 : 5;

    private int CellsEach => options.Quick ? 100 : 200;

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var module = await EchoModule.RegisterAsync(fabric, cancel);
        await BootAsync(module, cancel);
        _ours.Clear();
        _durable.Clear();
        var peers = UnitPeers.All(options.Quick);
        try
        {
            foreach (var peer in peers)
            {
                await peer.StartAsync(fabric.State.Paths.Run, cancel);
            }

            for (var round = 0; round < Rounds; round++)
            {
                await BootAsync(module, cancel);
                foreach (var peer in peers)
                {
                    await peer.MeasureAsync(cancel);
                }
            }
        }
        finally
        {
            foreach (var peer in peers)
            {
                await peer.DisposeAsync();
            }
        }

        Report(result, peers);
        result.Settings["module"] = "samples/echo";
        result.Settings["rounds"] = Rounds;
        result.Settings["in_turn"] = "in each round first the cells, then each peer's units, one unit after the other";
        result.Settings["peers"] = UnitPeers.Versions();
        return result;
    }

    /// <summary>One boot after the other, each in a mission that never had a cell.</summary>
    private async Task BootAsync(ModuleDigest module, CancellationToken cancel)
    {
        var missions = await BenchMission.OpenManyAsync(fabric, module, CellsEach, OpeningAtOnce, cancel);
        foreach (var mission in missions)
        {
            var sent = await mission.SubmitAsync("first", s_item, wait: true, cancel);
            var seen = (await fabric.Timelines.ReadAsync(fabric.Tenant, mission.Id, 1, cancel)).Values.Single();
            _ours.Add(Ticks.Us(seen.Claimed, seen.Ended));
            _durable.Add(Ticks.Us(sent.Posted, seen.EndDurable));
        }

        await BenchMission.CloseManyAsync(missions, OpeningAtOnce, cancel);
    }

    private void Report(BenchResult result, IReadOnlyList<UnitPeer> peers)
    {
        var (ours, durable) = (new Distribution(_ours), new Distribution(_durable));
        result.Table.Section("An isolated unit to its first answer, one after the other");
        result.Table.Latency("cell: claimed → answered, µs", ours);
        result.Table.Latency("cell: POST → answer durable, µs", durable);
        result.Figures["answer_us"] = Figures.Latency(ours);
        result.Figures["posted_durable_us"] = Figures.Latency(durable);
        var (all, ratios) = (new JsonObject(), new JsonObject());
        foreach (var peer in peers)
        {
            var sample = new Distribution(peer.AnswerUs);
            all[peer.Name] = PeerFigure.Of("answer_us", sample.Count == 0 ? null : Figures.Latency(sample), peer.Reason);
            if (peer.Program is not null)
            {
                result.Settings[peer.Name] = peer.Program;
            }

            ratios[peer.Name] = new JsonObject { ["p50"] = PeerFigure.Ratio(sample.P50, ours.P50), ["p99"] = PeerFigure.Ratio(sample.P99, ours.P99) };
            result.Table.Latency($"{peer.Name}: started → answered, µs", sample);
            result.Table.Value("  times a cell's p50, p99", sample.Count == 0 ? "none: " + peer.Reason : $"{sample.P50 / ours.P50:0.0}  {sample.P99 / ours.P99:0.0}");
        }

        result.Figures["peer"] = all;
        result.Figures["ratio"] = ratios;
    }
}
