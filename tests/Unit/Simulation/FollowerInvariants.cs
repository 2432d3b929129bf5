using System.Globalization;
using System.Text;
using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// Every follower was told every change of what it follows exactly once, over crashes, merges, takeovers and new SQL; what it
/// made of it, and what people read, is the view. The oracle folds the recorded writes of <c>entry</c> and computes the view
/// plainly after each of them.
/// </summary>
internal static class FollowerInvariants
{
    public static void Assert(SimWorld world, SimMission mission, IReadOnlyList<Entry> entries)
    {
        var contents = Contents(entries);
        var refused = entries.Where(static entry => entry.Header.Kind == EntryKinds.IntentRefused && CellWorker.IntentFields.Text(entry, "code").StartsWith("view_", StringComparison.Ordinal)).ToList();
        Xunit.Assert.True(refused.Count == mission.NewSql.Count(static sql => sql == "select 1"), $"{world.Describe()}: {string.Join(' ', refused.Select(static entry => entry.Body))}");
        ReloadInvariants.Assert(world, mission, entries);
        var built = entries.Where(static entry => entry.Header.Kind == EntryKinds.ViewBuilt).Select(static entry => entry.Header.Seq).ToList();
        foreach (var (item, input) in mission.Items.Where(static item => item.Input.StartsWith("follow", StringComparison.Ordinal)))
        {
            AssertTold(world, entries, contents, built, "part/" + item, input.Split(' ')[1]);
        }

        var state = new MissionState(mission.Stream.Tenant, mission.Stream.Stream.AsMission(), StoreLimits.Default);
        foreach (var entry in entries)
        {
            state.Apply(entry);
        }

        var published = world.Database.Views[(state.Mission, SimFollowers.View)];
        Xunit.Assert.Equal(
            state.Store.Views.Rows(SimFollowers.View).ToDictionary(static row => Convert.ToHexString(row.Key), static row => row.Weight).OrderBy(static row => row.Key, StringComparer.Ordinal),
            published.OrderBy(static row => row.Key, StringComparer.Ordinal));
        Xunit.Assert.Equal(
            contents[^1].Select(static row => $"{{\"grp\":\"{row.Split(':')[0]}\",\"amount\":{row.Split(':')[1]},\"entries\":{row.Split(':')[2]}}}"),
            state.Store.Views.Rows(SimFollowers.View).Select(static row => Encoding.UTF8.GetString(row.Json)));
    }

    private static void AssertTold(SimWorld world, IReadOnlyList<Entry> entries, List<SortedSet<string>> contents, List<long> built, string task, string group)
    {
        var actions = entries.Where(entry => entry.Header.Kind == EntryKinds.Action && CellWorker.IntentFields.Text(entry, "task") == task).ToList();
        var at = actions[0].Header.Seq - 1;
        var sum = new Dictionary<string, long>();
        foreach (var row in Of(contents[(int)at], group))
        {
            sum[row] = 1;
        }

        foreach (var action in actions.Skip(1))
        {
            using var body = JsonDocument.Parse(action.Body.Utf8);
            var (from, to) = (body.RootElement.GetProperty("from").GetInt64(), body.RootElement.GetProperty("to").GetInt64());
            var isReset = body.RootElement.TryGetProperty("reset", out _);
            var where = $"{world.Describe()}: {task} at {action.Header.Seq}";
            Xunit.Assert.True((from, to) == (at, action.Header.Seq - 1), $"{where} was told from {from} to {to}, after {at}");
            Xunit.Assert.True(isReset == built.Exists(seq => seq > from && seq <= to), $"{where}: reset {isReset}");
            var words = Told(action).Split(' ');
            Xunit.Assert.Equal([from.ToString(CultureInfo.InvariantCulture), to.ToString(CultureInfo.InvariantCulture)], words[..2]);
            if (isReset)
            {
                // The guest read the view anew and says what it found.
                Xunit.Assert.Equal("reset", words[2]);
                sum.Clear();
            }

            foreach (var word in words[(isReset ? 3 : 2)..])
            {
                var (row, weight) = (word[..word.IndexOf('x', StringComparison.Ordinal)], long.Parse(word[(word.IndexOf('x', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
                sum[row] = sum.GetValueOrDefault(row) + weight;
                if (sum[row] == 0)
                {
                    sum.Remove(row);
                }
            }

            Xunit.Assert.True(
                sum.Values.All(static weight => weight == 1) && sum.Keys.ToHashSet().SetEquals(Of(contents[(int)to], group)),
                $"{where}: was told {string.Join(' ', sum)}, the view has {string.Join(' ', Of(contents[(int)to], group))}");
            at = to;
        }

        Xunit.Assert.True(actions.Count > 1, $"{world.Describe()}: {task} was told nothing");
    }

    private static IEnumerable<string> Of(SortedSet<string> content, string group) =>
        content.Where(row => group == "*" || row.StartsWith(group + ":", StringComparison.Ordinal));

    private static string Told(Entry action)
    {
        using var payload = JsonDocument.Parse(action.Payload!);
        var emit = payload.RootElement.GetProperty("emits").EnumerateArray().Single();
        return emit.GetProperty("value").GetProperty("text").GetString()!;
    }

    /// <summary>The view's rows after each seq, "grp:amount:entries".</summary>
    private static List<SortedSet<string>> Contents(IReadOnlyList<Entry> entries)
    {
        var rows = new SortedDictionary<long, (string Group, long Amount)>();
        var sql = SimFollowers.AllSql;
        var declared = new Dictionary<long, string>();
        var contents = new List<SortedSet<string>> { new(StringComparer.Ordinal) };
        foreach (var entry in entries)
        {
            switch (entry.Header.Kind)
            {
                case EntryKinds.ViewDeclared:
                    declared.Add(entry.Header.Seq, Encoding.UTF8.GetString(entry.Payload!));
                    break;
                case EntryKinds.ViewBuilt:
                    using (var body = JsonDocument.Parse(entry.Body.Utf8))
                    {
                        sql = declared[body.RootElement.GetProperty("declared_seq").GetInt64()];
                    }

                    break;
                case EntryKinds.Action:
                    Take(entry, rows);
                    break;
            }

            var least = sql == SimFollowers.HighSql ? 50 : long.MinValue;
            contents.Add(new SortedSet<string>(
                rows.Values.Where(row => row.Amount >= least).GroupBy(static row => row.Group)
                    .Select(static group => $"{group.Key}:{group.Max(static row => row.Amount)}:{group.Count()}"),
                StringComparer.Ordinal));
        }

        return contents;
    }

    private static void Take(Entry action, SortedDictionary<long, (string, long)> rows)
    {
        using var payload = JsonDocument.Parse(action.Payload!);
        foreach (var write in payload.RootElement.GetProperty("writes").EnumerateArray())
        {
            if (write.GetProperty("table").GetString() != "entry")
            {
                continue;
            }

            if (write.GetProperty("op").GetString() == "put")
            {
                var row = write.GetProperty("row");
                rows[row.GetProperty("id").GetInt64()] = (row.GetProperty("grp").GetString()!, row.GetProperty("amount").GetInt64());
            }
            else
            {
                rows.Remove(write.GetProperty("key").GetProperty("id").GetInt64());
            }
        }
    }
}
