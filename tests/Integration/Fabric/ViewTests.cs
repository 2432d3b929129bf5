using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: cells and people follow one view of a mission, each change once, whatever dies and though its SQL changes; it all
/// replays. Method: real processes; Postgres computes the same SQL over the rows that the log says were written.
/// </summary>
public sealed class ViewTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task Cells_and_people_follow_a_view_over_a_killed_worker_a_reload_and_new_sql()
    {
        var first = await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("follow", BuiltFiles.Guest("follow"));
        var second = await _fabric.RegisterAsync("follow", SecondVersion);
        var mission = await _fabric.OpenAsync(FollowedMission.Spec(module, "followed"), wait: 20);
        var person = Task.Run(() => FollowAsync(mission));
        await _fabric.SubmitAsync(mission, [
            ("f-0", "follow * plain 777"), ("f-1", "follow g1 plain 777"), ("f-2", "follow g2 trap 777"), ("f-3", "follow g0 self 777"), ("f-4", "follow g3 quit 777"),
            ("w-0", "steps 11 400 4"), ("w-1", "steps 12 400 4")]);
        await _fabric.UntilAsync("Following", "some deltas", () => DeltasAsync(mission), static deltas => deltas > 20);
        await first.KillAsync();
        await _fabric.StartWorkerAsync();
        await ReloadAsync(mission, second);
        await _fabric.UntilAsync("Following after a crash", "the writers to have ended", () => EndedAsync(mission), static ended => ended >= 3);
        Assert.Equal(await _fabric.RowsAsync(FollowedMission.Oracle(mission.Value)), await ReadAsync(mission));
        var declared = (await _fabric.GetAsync($"/v1/missions/{mission}/views")).GetProperty("views").EnumerateArray().Single();
        Assert.Contains("scan entry [grp, amount]", declared.GetProperty("plan").GetString(), StringComparison.Ordinal);

        using (var built = await _fabric.Http.PutAsJsonAsync($"/v1/missions/{mission}/views/sums", new { sql = FollowedMission.HighSql, published = true }))
        {
            Assert.True(built.IsSuccessStatusCode, await built.Content.ReadAsStringAsync());
        }

        using (var wrong = await _fabric.Http.PutAsJsonAsync($"/v1/missions/{mission}/views/sums", new { sql = "select grp, nothing from entry", published = true }))
        {
            var problem = await Problem.ExpectAnyAsync(wrong, 409, 422, "view_refused");
            Assert.Contains("line 1, column 13", problem.ToString(), StringComparison.Ordinal);
        }

        Assert.Equal(await _fabric.RowsAsync(FollowedMission.Oracle(mission.Value, "amount >= 50")), await ReadAsync(mission));
        await _fabric.SubmitAsync(mission, "all", Encoding.ASCII.GetBytes("write 1000 g0 777 1001 g1 777 1002 g2 777 1003 g3 777"), "closing");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission whose tasks follow a view");

        var rows = await _fabric.RowsAsync(FollowedMission.Oracle(mission.Value, "amount >= 50"));
        Assert.Equal(4, rows.Count);
        Assert.Equal(rows, await ReadAsync(mission));
        Assert.Equal(rows, await person);
        // What a cell that followed all of it made of what it was told.
        Assert.Equal(rows, await _fabric.RowsAsync(SeenBy(mission, "part/f-0")));
        Assert.Equal(rows.Where(static row => row.StartsWith("g1|", StringComparison.Ordinal)), await _fabric.RowsAsync(SeenBy(mission, "part/f-1")));
        Assert.Equal(0, await _fabric.CountAsync(Gaps(mission)));
        Assert.Equal(0, await _fabric.CountAsync($"""
            select count(*) from journal.entry d, journal.entry r, journal.entry b
             where d.stream_id = '{mission.Value}' and r.stream_id = d.stream_id and b.stream_id = d.stream_id and r.kind = 'module.reloaded' and d.kind = 'action' and d.seq > r.seq
               and b.kind = 'cell.booted' and b.body::json ->> 'cell' = d.body::json ->> 'cell' and b.body::json ->> 'module' <> '{second}'
            """));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [Fact]
    public async Task A_view_that_is_none_is_refused_at_its_place_and_no_mission_begins()
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("follow", BuiltFiles.Guest("follow"));
        using var response = await _fabric.Http.SendAsync(Requests.Mission(
            FollowedMission.Spec(module, "no-view", "select grp, sum(amount) over () from entry"), Guid.NewGuid().ToString("N"), 20));
        var problem = await Problem.ExpectAnyAsync(response, 400, 422, "spec_invalid");
        Assert.Contains("views[0].sql", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("line 1, column", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_for_which_a_view_has_no_value_is_not_committed_and_the_entry_names_the_view()
    {
        await _fabric.StartWorkerAsync();
        var module = await _fabric.RegisterAsync("follow", BuiltFiles.Guest("follow"));
        var mission = await _fabric.OpenAsync(FollowedMission.Spec(module, "no-value", "select grp, 100 / amount as part from entry", attempts: 2), wait: 20);
        await _fabric.SubmitAsync(mission, [("good", "write 1 g0 5"), ("bad", "write 2 g0 4 3 g0 0"), ("reader", "read g0 g0")]);
        await _fabric.SubmitAsync(mission, "all", Encoding.ASCII.GetBytes("write 4 g0 20"), "closing");
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "A mission with a row that has no value", "failed");

        Assert.Equal(["view_division_by_zero|sums", "view_division_by_zero|sums"], await _fabric.RowsAsync(
            $"select body::json ->> 'code', body::json ->> 'by_view' from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted'"));
        Assert.Equal(["""{"grp": "g0", "part": 5}""", """{"grp": "g0", "part": 20}"""], await ReadJsonAsync(mission));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    /// <summary>The same code under another digest: a custom section more.</summary>
    private static byte[] SecondVersion => [.. BuiltFiles.Guest("follow"), 0, 3, 2, (byte)'v', (byte)'2'];

    private async Task ReloadAsync(MissionId mission, string to)
    {
        using var response = await _fabric.Http.PostAsJsonAsync("/v1/modules/follow:reload", new { to, missions = new[] { mission.ToString() } });
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        using var answer = JsonDocument.Parse(text);
        var one = answer.RootElement.GetProperty("missions").EnumerateArray().Single();
        Assert.True(one.GetProperty("status").GetString() == "reloaded", text);
    }

    private Task<long> DeltasAsync(MissionId mission) =>
        _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and body::json ->> 'event' = 'delta'");

    private Task<long> EndedAsync(MissionId mission) => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'completed'");

    private static string SeenBy(MissionId mission, string task) => $"""
        select grp collate "C", amount, entries from (
            select distinct on (1, 2, 3) coalesce(w ->> 'grp', '') as grp, (w ->> 'amount')::bigint as amount, (w ->> 'entries')::bigint as entries, op
              from (select e.seq, x.value ->> 'op' as op, coalesce(x.value -> 'row', x.value -> 'key') as w
                      from journal.entry e, json_array_elements(convert_from(e.payload, 'UTF8')::json -> 'writes') x
                     where e.stream_id = '{mission.Value}' and e.kind = 'action' and x.value ->> 'table' = 'seen') s
             where w ->> 'task' = '{task}' order by 1, 2, 3, seq desc) last
         where op = 'put' order by 1
        """;

    /// <summary>Deliveries that do not begin where the one before ended, or do not end right before their own entry.</summary>
    private static string Gaps(MissionId mission) => $"""
        select count(*) from (
            select seq, body::json ->> 'task' as task, (body::json ->> 'from')::bigint as begins, (body::json ->> 'to')::bigint as ends,
                   lag(coalesce((body::json ->> 'to')::bigint, seq - 1)) over (partition by body::json ->> 'task' order by seq) as before
              from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and body::json ->> 'task' like 'part/f-%') told
         where begins is not null and (begins <> before or ends <> seq - 1)
        """;

    private async Task<IReadOnlyList<string>> ReadAsync(MissionId mission)
    {
        var view = await _fabric.GetAsync($"/v1/missions/{mission}/views/sums");
        return [.. view.GetProperty("rows").EnumerateArray().Select(static row => Text(row.GetProperty("row")))];
    }

    private async Task<IReadOnlyList<string>> ReadJsonAsync(MissionId mission)
    {
        var view = await _fabric.GetAsync($"/v1/missions/{mission}/views/sums");
        return [.. view.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("row").GetRawText())];
    }

    private static string Text(JsonElement row) => $"{row.GetProperty("grp").GetString()}|{row.GetProperty("amount").GetInt64()}|{row.GetProperty("entries").GetInt64()}";

    /// <summary>Follows the published view to the mission's end, over as many connections as it takes.</summary>
    private async Task<IReadOnlyList<string>> FollowAsync(MissionId mission)
    {
        var follow = new Follow();
        for (var cuts = 0; ; cuts++)
        {
            try
            {
                return await FollowAsync(mission, follow);
            }
            catch (Exception cut) when (cut is HttpRequestException or IOException && cuts < 5)
            {
                // The Api cuts a connection in the midst of an event whose rest is gone, because the view got other SQL; the client comes back.
            }
        }
    }

    /// <summary>What the person knows: it outlives the connections.</summary>
    private sealed class Follow
    {
        public SortedDictionary<string, long> Rows { get; } = new(StringComparer.Ordinal);

        public string? Last { get; set; }

        public long Seq { get; set; }
    }

    private async Task<IReadOnlyList<string>> FollowAsync(MissionId mission, Follow follow)
    {
        while (true)
        {
            using var response = await ViewClient.SendAsync(_fabric.Http, mission, "sums", "", follow.Last);
            if (response.StatusCode == HttpStatusCode.Gone)
            {
                follow.Last = null;
                continue;
            }

            Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}");
            using var client = new ViewClient(response);
            // A connection that breaks off now and then.
            var lines = new ViewClient.Budget(50);
            while (await client.NextAsync(lines) is { } change)
            {
                if (change.Name == "mission.end")
                {
                    return [.. follow.Rows.Keys];
                }

                if (change.Name == "reset")
                {
                    follow.Last = null;
                    break;
                }

                if (change.Name == "snapshot")
                {
                    follow.Rows.Clear();
                }
                else
                {
                    Assert.True(change.Seq > follow.Seq, $"{change.Seq} came after {follow.Seq}");
                }

                foreach (var row in change.Data.GetProperty(change.Name == "snapshot" ? "rows" : "changes").EnumerateArray())
                {
                    var text = Text(row.GetProperty("row"));
                    follow.Rows[text] = follow.Rows.GetValueOrDefault(text) + row.GetProperty(change.Name == "snapshot" ? "count" : "weight").GetInt64();
                    if (follow.Rows[text] == 0)
                    {
                        follow.Rows.Remove(text);
                    }
                }

                Assert.All(follow.Rows.Values, static weight => Assert.Equal(1, weight));
                (follow.Seq, follow.Last) = (change.Seq, change.Id);
            }
        }
    }
}
