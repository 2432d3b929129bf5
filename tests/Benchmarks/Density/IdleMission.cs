using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>A mission whose tasks wait: each came through dispatch, has a key, ten rows of its own and one subscription.</summary>
internal sealed class IdleMission(BenchMission mission, int first)
{
    private const int MostLines = 1_000;
    private const int TellsPerSecond = 100;
    private long _notes;

    public BenchMission Mission => mission;

    public static Task<ModuleDigest> RegisterAsync(BenchFabric fabric, CancellationToken cancel) =>
        EchoModule.RegisterAsync(fabric, "idle", Path.Combine("tests", "Guests", "bin", "idle.wasm"), cancel);

    /// <param name="first">Number of its first cell: groups of several missions differ, so that a figure names one cell.</param>
    public static async Task<IdleMission> OpenAsync(BenchFabric fabric, ModuleDigest module, int first, CancellationToken cancel) =>
        new(await BenchMission.OpenAsync(fabric, Spec(module), cancel), first);

    /// <param name="inOneGroup">One change tells all of them, that of the first.</param>
    public async Task FillAsync(int cells, CancellationToken cancel, bool inOneGroup = false)
    {
        foreach (var part in Enumerable.Range(first, cells).Chunk(MostLines))
        {
            await mission.SubmitBatchAsync(part.Select(i => ($"idle-{i:D7}", Encoding.ASCII.GetBytes($"{(inOneGroup ? first : i)}"))), cancel);
        }
    }

    /// <summary>Changes what one cell follows.</summary>
    public Task TellAsync(int cell, CancellationToken cancel)
    {
        var note = Interlocked.Increment(ref _notes);
        return mission.SubmitAsync($"tell-{note}", Encoding.ASCII.GetBytes($"tell {note} {first + cell} 1"), wait: false, cancel);
    }

    /// <summary>Tells random cells something, a hundred a second.</summary>
    /// <returns>From the change to <c>on_delta</c> entered, by the worker's clock; microseconds.</returns>
    public async Task<JsonNode> WakeAsync(BenchFabric fabric, int cells, int tells, CancellationToken cancel)
    {
        var random = new Random(20261130);
        await fabric.Timelines.ActionsAsync(reset: true, cancel);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / TellsPerSecond));
        for (var i = 0; i < tells; i++)
        {
            await TellAsync(random.Next(cells), cancel);
            await timer.WaitForNextTickAsync(cancel);
        }

        await mission.WaitCompletedAsync(tells, TimeSpan.FromSeconds(60), cancel);
        var times = await fabric.Timelines.ActionsAsync(reset: true, cancel);
        // A cell may be told of two at once, nearly never of none.
        var told = times["delta_us"]!["n"]!.GetValue<long>();
        if (told < tells * 9 / 10)
        {
            throw new VoxeltronException("bench_nothing_told", $"Of {tells} changes {told} reached a cell.");
        }

        return times["delta_us"]!.DeepClone();
    }

    private static byte[] Spec(ModuleDigest module) => Encoding.UTF8.GetBytes(
        $$$"""
        {"spec": "v1", "name": "bench-density", "inputs": {"{{{BenchMission.Input}}}": {"max_items": {{{Limits.ItemsPerInput}}}}},
         "tables": [
           {"name": "own", "key": ["slot"], "scope": "cell", "columns": [{"name": "slot", "type": "int64"}, {"name": "n", "type": "int64"}]},
           {"name": "note", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "grp", "type": "int64"}, {"name": "value", "type": "int64"}]}],
         "views": [{"name": "news", "sql": "select grp, value, id from note", "published": false}],
         "tasks": [{"id": "idle", "module": "{{{module.Value}}}", "map": "{{{BenchMission.Input}}}"}]}
        """);
}
