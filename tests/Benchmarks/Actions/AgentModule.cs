using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>The guest whose cells live on timers, and a mission full of them.</summary>
internal static class AgentModule
{
    /// <summary>More timers than any run delivers.</summary>
    private const long Endless = 1_000_000_000_000;

    /// <summary>Of one batch.</summary>
    private const int MostLines = 1_000;

    public static Task<ModuleDigest> RegisterAsync(BenchFabric fabric, CancellationToken cancel) =>
        EchoModule.RegisterAsync(fabric, "agent", Path.Combine("tests", "Guests", "bin", "agent.wasm"), cancel);

    /// <summary>The same code under another digest: a custom section more.</summary>
    public static Task<ModuleDigest> RegisterSecondAsync(BenchFabric fabric, CancellationToken cancel) =>
        EchoModule.RegisterAsync(fabric, "agent", Path.Combine("tests", "Guests", "bin", "agent.wasm"), cancel, [0, 3, 2, (byte)'v', (byte)'2']);

    /// <summary>Opens a mission and starts <paramref name="cells"/> agents in it; returns once all were admitted.</summary>
    public static async Task<BenchMission> BeginAsync(BenchFabric fabric, ModuleDigest module, int cells, long periodUs, CancellationToken cancel, long timers = Endless)
    {
        var mission = await BenchMission.OpenAsync(fabric, Spec(module), cancel);
        foreach (var part in Enumerable.Range(0, cells).Chunk(MostLines))
        {
            await mission.SubmitBatchAsync(part.Select(i => ($"agent-{i:D4}", Encoding.ASCII.GetBytes($"{i} {cells} {periodUs} {timers} 0"))), cancel);
        }

        return mission;
    }

    /// <summary>One more agent, admitted when this returns.</summary>
    public static Task AddAsync(BenchMission mission, string item, int slot, long periodUs, CancellationToken cancel) =>
        mission.SubmitAsync(item, Encoding.ASCII.GetBytes($"{slot} {slot + 1} {periodUs} {Endless} 0"), wait: true, cancel);

    private static byte[] Spec(ModuleDigest module) => Encoding.UTF8.GetBytes(
        $$$"""
        {"spec": "v1", "name": "bench-actions", "inputs": {"{{{BenchMission.Input}}}": {"max_items": 10000}},
         "tables": [{"name": "slot", "key": ["id"], "scope": "mission", "columns": [
           {"name": "id", "type": "int64"}, {"name": "n", "type": "int64"}, {"name": "pad", "type": "bytes"}]}],
         "tasks": [{"id": "agent", "module": "{{{module.Value}}}", "map": "{{{BenchMission.Input}}}"}]}
        """);
}
