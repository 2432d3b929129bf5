using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Durable steps a second beside Restate's, in turn on the same machine and disk. A step of ours is an event delivered to a live Wasm
/// cell: a transaction and a chained, sealed entry, durable in Postgres. A step of Restate's is a <c>ctx.run</c>, one of ten of an
/// invocation. Where the two are not alike stands in docs/performance.md; <c>answered</c> is the closest to a like pair.
/// </summary>
internal sealed class StepsBench(BenchFabric fabric, BenchOptions options)
{
    private const int StepsPerInvocation = 10;

    /// <summary>Clients of the runs in which each waits for a durable answer before it sends the next: the peer's best number.</summary>
    private const int AnsweredClients = 64;

    /// <summary>Of the cell that acts alone: far longer than a step takes to become durable.</summary>
    private const long AlonePeriodUs = 10_000;

    private static readonly byte[] s_item = Encoding.ASCII.GetBytes("step");

    private readonly StepRuns _cells = new();
    private readonly StepRuns _peerSteps = new();
    private readonly StepRuns _tasks = new();
    private readonly StepRuns _peerTasks = new();
    private readonly List<double> _idleOurs = [];
    private readonly List<double> _idlePeer = [];
    private RestatePeer? _peer;
    private string? _reason;

    private int[] Cells => options.Quick ? [16] : [1, 16, 256];

    private int[] Clients => options.Quick ? [64] : [16, 64, 128];

    private int Rounds => options.Quick ? 2 : 3;

    private TimeSpan WarmUp => TimeSpan.FromSeconds(options.Quick ? 1 : 3);

    private TimeSpan Window => TimeSpan.FromSeconds(options.Quick ? 2 : 8);

    public async Task<BenchResult> RunAsync(CancellationToken cancel)
    {
        var result = new BenchResult();
        var agent = await AgentModule.RegisterAsync(fabric, cancel);
        var echo = await EchoModule.RegisterAsync(fabric, cancel);
        try
        {
            await AskPeerAsync(async () => _peer = await RestatePeer.StartAsync(fabric.State.Paths.Run, cancel), cancel);
            var alone = await ActAsync(agent, 1, AlonePeriodUs, cancel);
            Distribution? peerAlone = null;
            await AskPeerAsync(async () => peerAlone = (await InvokeAsync(StepsPerInvocation, 1, cancel)).LatencyMs, cancel);
            for (var round = 0; round < Rounds; round++)
            {
                await MeasureInTurnAsync(agent, cancel);
                if (round == 0 || !options.Quick)
                {
                    await AddTasksAsync(echo, cancel);
                    await AskPeerAsync(() => AddInvocationsAsync(_peerTasks, 1, AnsweredClients, cancel), cancel);
                }
            }

            Report(result, alone.Times["release_ms"]!, peerAlone);
        }
        finally
        {
            if (_peer is not null)
            {
                await _peer.DisposeAsync();
            }
        }

        return result;
    }

    // One of ours, one of the peer's, until both lists are through: what the machine does meanwhile meets both.
    private async Task MeasureInTurnAsync(ModuleDigest agent, CancellationToken cancel)
    {
        for (var i = 0; i < Math.Max(Cells.Length, Clients.Length); i++)
        {
            if (i < Cells.Length)
            {
                var run = await ActAsync(agent, Cells[i], periodUs: 0, cancel);
                _cells.Add(Cells[i], new StepRun(run.DurablePerS, run.Cpu.Per((int)Math.Max(1, run.Times["action_us"]!["n"]!.GetValue<long>())), run.Times["release_ms"]!));
            }

            if (i < Clients.Length)
            {
                var clients = Clients[i];
                await AskPeerAsync(() => AddInvocationsAsync(_peerSteps, StepsPerInvocation, clients, cancel), cancel);
            }
        }
    }

    private async Task<ActionRun> ActAsync(ModuleDigest agent, int cells, long periodUs, CancellationToken cancel)
    {
        var (begin, cpu) = (Ticks.Now, _peer?.CpuMs ?? 0);
        var run = await ActionRun.MeasureAsync(fabric, agent, cells, periodUs, WarmUp, Window, cancel);
        if (_peer is not null)
        {
            _idlePeer.Add((_peer.CpuMs - cpu) / 1000 / Ticks.Seconds(begin, Ticks.Now));
        }

        return run;
    }

    // Tasks of ours that a client sends one after another, each answered when its admission is durable; all of them must complete.
    private async Task AddTasksAsync(ModuleDigest echo, CancellationToken cancel)
    {
        var mission = await BenchMission.OpenAsync(fabric, echo, cancel);
        var marks = new List<CpuUse>();
        var run = await ClosedLoop.RunAsync(
            AnsweredClients, WarmUp, Window, (i, token) => mission.SubmitAsync($"i-{i:D7}", s_item, wait: true, token), () => marks.Add(fabric.CpuUse()), cancel);
        await mission.WaitCompletedAsync(run.Sent, cancel);
        await mission.CloseAsync(cancel);
        await mission.WaitEndedAsync(cancel);
        _tasks.Add(AnsweredClients, new StepRun(run.PerS, (marks[1] - marks[0]).Per(Math.Max(1, run.LatencyMs.Count)), Figures.Latency(run.LatencyMs)));
    }

    private async Task AddInvocationsAsync(StepRuns runs, int steps, int clients, CancellationToken cancel)
    {
        var marks = new List<(double Server, double Service, CpuUse Fabric)>();
        var run = await InvokeAsync(steps, clients, cancel, () => marks.Add((_peer!.ServerCpuMs, _peer.ServiceCpuMs, fabric.CpuUse())));
        var (begin, end, count) = (marks[0], marks[1], Math.Max(1, run.LatencyMs.Count * steps));
        var idle = end.Fabric - begin.Fabric;
        _idleOurs.Add((idle.TotalMs - idle.ClientMs) / 1000 / run.WindowS);
        var cpu = new JsonObject
        {
            ["server"] = Figures.Number((end.Server - begin.Server) * 1000 / count),
            ["service"] = Figures.Number((end.Service - begin.Service) * 1000 / count),
            ["client"] = Figures.Number(idle.ClientMs * 1000 / count),
        };
        runs.Add(clients, new StepRun(run.PerS * steps, cpu, Figures.Latency(run.LatencyMs)));
    }

    private Task<ClosedLoopRun> InvokeAsync(int steps, int clients, CancellationToken cancel, Action? onWindow = null) =>
        ClosedLoop.RunAsync(clients, WarmUp, Window, (i, token) => _peer!.InvokeAsync(steps, i, token), onWindow ?? (static () => { }), cancel);

    // A peer that fails once is left out from then on, with what it said; ours is measured all the same.
    private async Task AskPeerAsync(Func<Task> ask, CancellationToken cancel)
    {
        if (_reason is not null)
        {
            return;
        }

        try
        {
            await ask();
        }
        catch (VoxeltronException fault) when (fault.FaultCode == PeerFigure.Unavailable)
        {
            _reason = fault.Message;
        }
        catch (HttpRequestException fault)
        {
            _reason = "Restate failed: " + fault.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _reason = "Restate did not answer in time";
        }
    }

    private void Report(BenchResult result, JsonNode alone, Distribution? peerAlone)
    {
        foreach (var (name, figure) in StepsFigures.Of(_cells, "release_ms", _peerSteps, "invocation_ms", _reason).ToList())
        {
            result.Figures[name] = figure?.DeepClone();
        }

        var each = _reason is null && peerAlone is not null ? Figures.Latency(peerAlone.Scaled(1.0 / StepsPerInvocation)) : null;
        result.Figures["alone"] = new JsonObject { ["step_ms"] = alone.DeepClone(), ["peer"] = PeerFigure.Of(StepsFigures.Peer, each, _reason) };
        result.Figures["answered"] = StepsFigures.Of(_tasks, "answer_ms", _peerTasks, "answer_ms", _reason);
        result.Figures["idle_cores"] = new JsonObject
        {
            ["ours"] = Figures.Number(new Distribution(_idleOurs).P50),
            [StepsFigures.Peer] = Figures.Number(new Distribution(_idlePeer).P50),
        };

        StepsFigures.AddTo(result.Table, $"durable steps, median of {Rounds}", _cells, "cells", _peerSteps, _reason);
        StepsFigures.AddTo(result.Table, $"one request, one durable answer; {AnsweredClients} clients", _tasks, "clients", _peerTasks, _reason);
        result.Table.Section("one step alone");
        result.Table.Value("Voxeltron: append → durable, ms p50", alone["p50"]!.GetValue<double>());
        if (each is not null)
        {
            result.Table.Value("Restate: a tenth of an invocation, ms p50", each["p50"]!.GetValue<double>());
        }

        result.Settings["module"] = "tests/Guests/agent; answered: samples/echo";
        result.Settings["restate"] = RestatePeer.Versions();
        result.Settings["steps_per_invocation"] = StepsPerInvocation;
        result.Settings["answered_clients"] = AnsweredClients;
        result.Settings["alone_period_us"] = AlonePeriodUs;
        result.Settings["rounds"] = Rounds;
        result.Settings["warm_up_s"] = WarmUp.TotalSeconds;
        result.Settings["window_s"] = Window.TotalSeconds;
    }
}
