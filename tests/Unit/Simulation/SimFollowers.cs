using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// Missions in which some tasks write rows and others follow a view of them: all of it or one group, some trapping now and then,
/// some feeding themselves. Its SQL changes while they run.
/// </summary>
internal static class SimFollowers
{
    public const string View = "sums";

    public const string AllSql = "select grp, max(amount) as amount, count(*) as entries from entry group by grp";

    public const string HighSql = "select grp, max(amount) as amount, count(*) as entries from entry where amount >= 50 group by grp";

    /// <summary>What ends the followers: no drawn amount is as high.</summary>
    public const int Last = 777;

    private const int MostGroups = 3;

    private static readonly string[] s_modes = ["plain", "first", "trap", "self", "quit"];

    /// <summary>Every follower has begun.</summary>
    public static bool AllFollow(SimMission mission, IReadOnlyList<Entry> entries)
    {
        var acted = entries.Where(static entry => entry.Header.Kind == EntryKinds.Action).Select(static entry => CellWorker.IntentFields.Text(entry, "task")).ToHashSet();
        return mission.Items.All(item => !item.Input.StartsWith("follow", StringComparison.Ordinal) || acted.Contains("part/" + item.Item));
    }

    public static SimMission Draw(TenantId tenant, int number, Random random)
    {
        var spec = $$$"""
            {"spec": "v1", "name": "followed", "inputs": {"requests": {"max_items": 100}, "closing": {"single": true}},
             "profiles": {"default": {"restart": {"intensity": 1, "period_ms": 10000, "hold_ms": 20, "max_hold_ms": 100} } },
             "tables": [
               {"name": "entry", "key": ["id"], "columns": [{"name": "id", "type": "int64"}, {"name": "grp", "type": "text"}, {"name": "amount", "type": "int64"}]},
               {"name": "seen", "key": ["task", "grp", "amount", "entries"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"},
                 {"name": "amount", "type": "int64"}, {"name": "entries", "type": "int64"}, {"name": "weight", "type": "int64"}]},
               {"name": "follower", "key": ["task"], "columns": [{"name": "task", "type": "text"}, {"name": "grp", "type": "text"}, {"name": "mode", "type": "text"},
                 {"name": "until", "type": "int64"}, {"name": "deltas", "type": "int64"}]}],
             "views": [{"name": "{{{View}}}", "sql": "{{{AllSql}}}", "published": true}],
             "tasks": [{"id": "part", "module": "{{{SimModules.Follow}}}", "map": "requests", "retry": {"max_attempts": 20, "backoff_ms": 0}},
               {"id": "close", "module": "{{{SimModules.Followers[1]}}}", "input": "closing", "retry": {"max_attempts": 20, "backoff_ms": 0}}]}
            """;
        var items = new List<(string, string)>();
        for (var follower = 1 + random.Next(4); follower > 0; follower--)
        {
            var group = random.Next(3) == 0 ? "*" : $"g{random.Next(MostGroups)}";
            items.Add(($"f-{follower}", $"follow {group} {s_modes[random.Next(group == "*" ? 3 : s_modes.Length)]} {Last}"));
        }

        for (var writer = 1 + random.Next(2); writer > 0; writer--)
        {
            items.Add(($"w-{writer}", $"steps {random.Next(1_000_000)} {1 + random.Next(20)} {MostGroups}"));
        }

        string[] sql = random.Next(3) == 0 ? [HighSql, "select 1", AllSql] : random.Next(2) == 0 ? [HighSql] : [];
        var stream = new StreamRef(tenant, StreamId.Of(new MissionId(TestKeys.Id(0x500 + number))));
        var closing = "write " + string.Join(' ', Enumerable.Range(0, MostGroups).Select(static group => $"{1_000 + group} g{group} {Last}"));
        return new SimMission(stream, spec, [.. items.OrderBy(_ => random.Next())], 0, null)
        {
            NewSql = sql[..random.Next(sql.Length + 1)],
            Closing = closing,
            Reloads = [.. Enumerable.Range(0, random.Next(3) == 0 ? 0 : 1 + random.Next(10)).Select(_ => Reload(random))],
        };
    }

    // Some ask for what does not run, or is not there; they are refused.
    private static SimReload Reload(Random random) => new(
        SimModules.Followers[random.Next(8) switch { 0 => 2, 1 => 1, _ => 0 }],
        random.Next(12) switch { < 3 => null, 3 => new ModuleDigest(new string('0', 64)), _ => SimModules.Followers[random.Next(SimModules.Followers.Count)] });
}
