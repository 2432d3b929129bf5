using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// A mission with a published view over the row that one agent changes at each of its timers, and with a place for a task that
/// follows all of it. <c>tests/Guests/follow</c> wants a text and two integers.
/// </summary>
internal sealed class FollowedMission
{
    public const string View = "sums";

    private const string Followers = "followers";

    private readonly BenchFabric _fabric;

    private FollowedMission(BenchFabric fabric, BenchMission mission) => (_fabric, Mission) = (fabric, mission);

    public BenchMission Mission { get; }

    public static async Task<FollowedMission> OpenAsync(BenchFabric fabric, CancellationToken cancel)
    {
        var agent = await AgentModule.RegisterAsync(fabric, cancel);
        var follow = await EchoModule.RegisterAsync(fabric, "follow", Path.Combine("tests", "Guests", "bin", "follow.wasm"), cancel);
        return new FollowedMission(fabric, await BenchMission.OpenAsync(fabric, Spec(agent, follow), cancel));
    }

    /// <summary>Its task follows the whole view when this returns.</summary>
    public async Task FollowAsync(CancellationToken cancel)
    {
        var path = $"/v1/missions/{Mission.Id}/tasks?input={Followers}&item=f";
        _ = await _fabric.Http.PostAsync(path, Encoding.ASCII.GetBytes("follow * plain -1"), "application/octet-stream", cancel, ("Prefer", "wait=30"));
    }

    /// <summary>One row is changed each period from now on.</summary>
    public Task WriteAsync(int perSecond, CancellationToken cancel) => AgentModule.AddAsync(Mission, "agent", slot: 0, 1_000_000L / perSecond, cancel);

    public async Task EndAsync(CancellationToken cancel)
    {
        await Mission.CancelAsync(cancel);
        await Mission.WaitEndedAsync(cancel);
    }

    private static byte[] Spec(ModuleDigest agent, ModuleDigest follow) => Encoding.UTF8.GetBytes(
        $$$"""
        {"spec": "v1", "name": "bench-views", "inputs": {"{{{BenchMission.Input}}}": {"max_items": 10}, "{{{Followers}}}": {"max_items": 10}},
         "tables": [
           {"name": "slot", "key": ["id"], "scope": "mission", "columns": [
             {"name": "id", "type": "int64"}, {"name": "n", "type": "int64"}, {"name": "pad", "type": "bytes"}]},
           {"name": "seen", "key": ["task", "grp", "amount", "entries"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"},
             {"name": "amount", "type": "int64"}, {"name": "entries", "type": "int64"}, {"name": "weight", "type": "int64"}]},
           {"name": "follower", "key": ["task"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"}, {"name": "mode", "type": "text"},
             {"name": "until", "type": "int64"}, {"name": "deltas", "type": "int64"}]}],
         "views": [{"name": "{{{View}}}", "sql": "select 'all' as grp, n as amount, id as entries from slot", "published": true}],
         "tasks": [{"id": "agent", "module": "{{{agent.Value}}}", "map": "{{{BenchMission.Input}}}"},
           {"id": "follow", "module": "{{{follow.Value}}}", "map": "{{{Followers}}}"}]}
        """);
}
