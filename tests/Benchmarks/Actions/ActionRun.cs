using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>One run of live cells that act on their timers.</summary>
/// <param name="Entries">Made durable from the window's beginning until the backlog was gone.</param>
/// <param name="DrainedS">How long that took.</param>
/// <param name="WindowS">Over which the worker counted actions.</param>
internal sealed record ActionRun(long Entries, double DrainedS, double WindowS, JsonNode Times, CpuUse Cpu)
{
    public double DurablePerS => Entries / DrainedS;

    public double ActionsPerS => Times["action_us"]!["n"]!.GetValue<long>() / WindowS;

    /// <summary>Starts so many agents in a mission of their own, lets them act for the window and waits until all of it is durable.</summary>
    public static async Task<ActionRun> MeasureAsync(
        BenchFabric fabric, ModuleDigest module, int cells, long periodUs, TimeSpan warmUp, TimeSpan window, CancellationToken cancel)
    {
        var mission = await AgentModule.BeginAsync(fabric, module, cells, periodUs, cancel);
        await Task.Delay(warmUp, cancel);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        var cpu = fabric.CpuUse();
        var (first, from) = (await fabric.HeadSeqAsync(mission.Id, cancel), Ticks.Now);
        await Task.Delay(window, cancel);
        var used = fabric.CpuUse() - cpu;
        var times = await fabric.Timelines.ActionsAsync(reset: false, cancel);
        var inWindow = Ticks.Seconds(from, Ticks.Now);

        // Until nothing is left: what was appended in memory and not durable yet would flatter the rate.
        await mission.CancelAsync(cancel);
        await mission.WaitEndedAsync(cancel);
        return new ActionRun(await fabric.HeadSeqAsync(mission.Id, cancel) - first, Ticks.Seconds(from, Ticks.Now), inWindow, times, used);
    }
}
