using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Voxeltron.Cells;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>
/// What the walls cost a request, and how many a fabric does. <c>added_us</c>: one sender, one server, the same requests in turn over a socket
/// of this machine and through namespace, rules and broker, on a connection that is kept and on one that is made. <c>calls_per_s</c>: cells that ask again after
/// each answer; every call is two durable entries, the answer and the action that took it.
/// </summary>
internal sealed class EgressBench(BenchFabric fabric, BenchOptions options)
{
    private const int Cells = 64;

    private int Calls => options.Quick ? 1_000 : 5_000;

    private int CallsPerCell => options.Quick ? 50 : 400;

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        if (BrokerOfFabric.Missing(fabric) is { } reason)
        {
            throw new VoxeltronException("bench_no_broker", $"There is no way out to measure: {reason}.");
        }

        await using var server = await LocalServer.StartAsync(cancel);
        var result = new BenchResult();
        await AddedAsync(result, server, cancel);
        await FabricAsync(result, server, cancel);
        result.Settings["server"] = "Kestrel in the bench's process, 32 bytes over http, on an address of this machine";
        result.Settings["cells"] = Cells;
        return result;
    }

    private async Task AddedAsync(BenchResult result, LocalServer server, CancellationToken cancel)
    {
        var profile = Credential(BrokerOfFabric.Sign(fabric, server.Address, server.Port, 1));
        await using var gate = new BrokerGate(BrokerOfFabric.Socket!);
        await WaitOpenAsync(gate, cancel);
        gate.Prepare(profile);
        var open = new OpenGate();
        var request = Request(server.Url);
        using var walledKept = new CellNetwork(profile, gate, null);
        using var openKept = new CellNetwork(profile, open, null);
        List<double>[] times = [[], [], [], []];
        var order = new Random(17);
        int[] kinds = [0, 1, 2, 3];
        for (var i = -200; i < Calls; i++)
        {
            // Each kind in turn, so that whatever the machine does, it does to all.
            // None always comes behind the same one, which leaves processors awake and caches full for it.
            order.Shuffle(kinds);
            foreach (var kind in kinds)
            {
                var took = kind switch
                {
                    0 => await TimeAsync(openKept, request, cancel),
                    1 => await TimeAsync(walledKept, request, cancel),
                    2 => await FreshAsync(profile, open, request, cancel),
                    _ => await FreshAsync(profile, gate, request, cancel),
                };
                if (i >= 0)
                {
                    times[kind].Add(took);
                }
            }
        }

        string[] names = ["open_kept_us", "walled_kept_us", "open_fresh_us", "walled_fresh_us"];
        string[] titles = ["no walls, kept connection", "walls, kept connection", "no walls, new connection", "walls, new connection and namespace"];
        result.Table.Section("One request at a time, µs");
        for (var kind = 0; kind < times.Length; kind++)
        {
            var distribution = new Distribution(times[kind]);
            result.Figures[names[kind]] = Figures.Latency(distribution);
            result.Table.Latency(titles[kind], distribution);
        }

        result.Figures["added_us"] = new JsonObject
        {
            ["kept"] = Figures.Number(new Distribution(times[1]).P50 - new Distribution(times[0]).P50),
            ["fresh"] = Figures.Number(new Distribution(times[3]).P50 - new Distribution(times[2]).P50),
        };
        result.Table.Value("added, kept and new connection, p50", result.Figures["added_us"]!.ToJsonString());
    }

    private async Task FabricAsync(BenchResult result, LocalServer server, CancellationToken cancel)
    {
        var module = await EchoModule.RegisterAsync(fabric, "fetch", "tests/Guests/bin/fetch.wasm", cancel);
        await RunCellsAsync(module, server, 20, cancel);
        var before = server.Requests;
        var cpu = fabric.CpuUse();
        var begin = Ticks.Now;
        await RunCellsAsync(module, server, CallsPerCell, cancel);
        var seconds = Ticks.Seconds(begin, Ticks.Now);
        var calls = server.Requests - before;
        var used = fabric.CpuUse() - cpu;
        result.Figures["calls_per_s"] = Figures.Number(calls / seconds);
        result.Figures["calls"] = calls;
        result.Figures["cpu_us_per_call"] = used.Per(calls);
        result.Table.Section($"{Cells} cells of one mission, each asks again after each answer");
        result.Table.Value("calls/s, answered, durable", calls / seconds);
        result.Table.Value("CPU µs/call", used.Text(calls));
    }

    private async Task RunCellsAsync(ModuleDigest module, LocalServer server, int calls, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, Spec(module, BrokerOfFabric.Sign(fabric, server.Address, server.Port, 2)), cancel);
        await mission.SubmitBatchAsync(Enumerable.Range(0, Cells).Select(static i => $"i-{i:D3}"), Encoding.UTF8.GetBytes($"every {calls} {server.Url}"), cancel);
        await mission.WaitCompletedAsync(Cells, TimeSpan.FromMinutes(5), cancel);
        await mission.CloseAsync(cancel);
    }

    private static byte[] Spec(ModuleDigest module, string egress) => Encoding.UTF8.GetBytes($$$"""
        {"spec":"v1","name":"bench-egress","profiles":{"default":{"egress":{{{egress}}}}},"inputs":{"items":{"max_items":1000}},
         "tables":[{"name":"fetched","scope":"cell","key":["n"],"columns":[{"name":"n","type":"int64"},{"name":"ticket","type":"int64"},{"name":"left","type":"int64"},{"name":"url","type":"text"},{"name":"line","type":"text"}]}],
         "tasks":[{"id":"fetch","map":"items","module":"{{{module}}}"}]}
        """);

    private static async Task<double> FreshAsync(EgressCredential profile, IEgressGate gate, CellRequest request, CancellationToken cancel)
    {
        using var network = new CellNetwork(profile, gate, gate.TryTake(profile));
        return await TimeAsync(network, request, cancel);
    }

    private static async Task<double> TimeAsync(CellNetwork network, CellRequest request, CancellationToken cancel)
    {
        var begin = Ticks.Now;
        var outcome = await HttpSender.SendAsync(network, request, "bench", TimeProvider.System, cancel);
        var took = Ticks.Us(begin, Ticks.Now);
        return outcome.Reply is not null ? took : throw new VoxeltronException("bench_unanswered", $"A request came to {outcome.Failure!.Code}: {outcome.Failure.Reason}");
    }

    private static async Task WaitOpenAsync(BrokerGate gate, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var begin = Ticks.Now; gate.Closed is { } reason; await timer.WaitForNextTickAsync(cancel))
        {
            if (Ticks.Seconds(begin, Ticks.Now) > 10)
            {
                throw new VoxeltronException("bench_no_broker", reason);
            }
        }
    }

    private static CellRequest Request(string url) => EgressUrl.TryParse(url, out var parsed)
        ? new CellRequest(1, "GET", parsed, [], [], 30_000, 1024, 0, "")
        : throw new VoxeltronException("bench_bad_url", url);

    private static EgressCredential Credential(string envelope)
    {
        using var document = JsonDocument.Parse(envelope);
        return EgressCredential.TryParse(document.RootElement, out var error) ?? throw new VoxeltronException("bench_bad_profile", error.Reason);
    }
}
