using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: what a view shows over HTTP is what its owner committed, once. Method: commits through the real journal, and clients that read, follow and are late.</summary>
public sealed class ViewApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string View = "findings";

    [Fact]
    public async Task A_snapshot_is_the_sum_of_rows_and_changes_in_order_of_keys()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(300, 1), ViewOwner.Row(2, 3), ViewOwner.Row(5, 1));
        await owner.ChangeAsync(View, ViewOwner.Row(5, -1), ViewOwner.Row(70_000, 2), ViewOwner.Row(2, -1));
        await owner.ChangeAsync(View, ViewOwner.Row(4, 1), ViewOwner.Row(70_000, -2), ViewOwner.Row(300, 4));
        await owner.CommitAsync(StreamProjection.Empty);
        await AssertShownAsync(owner, 3, (2, 2), (4, 1), (300, 5));
        await owner.FoldAsync(TimeSpan.Zero);
        Assert.Empty(await api.Database.RowsAsync("voxeltron_api", $"select 1 from control.view_delta where mission_id = '{owner.Mission.Value}'"));
        await AssertShownAsync(owner, 3, (2, 2), (4, 1), (300, 5));
        await owner.ChangeAsync(View, ViewOwner.Row(4, -1));
        await AssertShownAsync(owner, 5, (2, 2), (300, 5));
    }

    /// <summary>Every change takes the row of the one before away and brings its own: at any moment there is one row, and it names the seq.</summary>
    [Fact]
    public async Task A_snapshot_is_of_one_moment_whatever_is_committed_and_folded_meanwhile()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(1, 1));
        using var written = new CancellationTokenSource();
        var reading = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ReadAsync()));
        for (var i = 0; i < 300; i++)
        {
            await owner.ChangeAsync(View, ViewOwner.Row((int)owner.Seq, -1), ViewOwner.Row((int)owner.Seq + 1, 1));
            if (i % 20 == 0)
            {
                await owner.FoldAsync(TimeSpan.Zero);
            }
        }

        await written.CancelAsync();
        await reading;

        async Task ReadAsync()
        {
            while (!written.IsCancellationRequested)
            {
                var shown = await GetAsync($"/v1/missions/{owner.Mission}/views/{View}");
                var row = Assert.Single(shown.GetProperty("rows").EnumerateArray());
                Assert.Equal((shown.GetProperty("seq").GetInt64(), 1), (row.GetProperty("row").GetProperty("id").GetInt64(), row.GetProperty("count").GetInt32()));
            }
        }
    }

    [Fact]
    public async Task A_view_of_no_rows_is_an_empty_list()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true);
        await AssertShownAsync(owner, 1);
        await owner.ChangeAsync(View, ViewOwner.Row(1, 1));
        await owner.ChangeAsync(View, ViewOwner.Row(1, -1));
        await AssertShownAsync(owner, 3);
    }

    [Fact]
    public async Task The_views_of_a_mission_are_listed_by_name()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.CommitAsync(StreamProjection.Empty with { Views = [owner.Projection("zeta", published: false), owner.Projection("alpha", published: true), owner.Projection("beta", published: true)] });
        var page = await GetAsync($"/v1/missions/{owner.Mission}/views?limit=2");
        Assert.Equal(["alpha", "beta"], page.GetProperty("views").EnumerateArray().Select(static view => view.GetProperty("name").GetString()));
        Assert.Equal("beta", page.GetProperty("next_after").GetString());
        var rest = await GetAsync($"/v1/missions/{owner.Mission}/views?limit=2&after=beta");
        var zeta = Assert.Single(rest.GetProperty("views").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next_after").ValueKind);
        Assert.Equal(("zeta", "select id, text from zeta", false, 1L), (
            zeta.GetProperty("name").GetString(), zeta.GetProperty("sql").GetString(), zeta.GetProperty("published").GetBoolean(), zeta.GetProperty("built_seq").GetInt64()));
        Assert.Equal("id", zeta.GetProperty("columns")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Unknown_and_unpublished_views_say_what_there_is_and_what_to_do()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.CommitAsync(StreamProjection.Empty with { Views = [owner.Projection("hidden", published: false), owner.Projection("shown", published: true)] });
        foreach (var (view, status, code, said) in new[] { ("nonsense", 404, "view_not_found", "hidden, shown"), ("No-Name", 404, "view_not_found", "hidden, shown"), ("hidden", 409, "view_not_published", "'hidden'") })
        {
            using var json = await api.Operator.GetAsync($"/v1/missions/{owner.Mission}/views/{view}");
            var problem = await Problem.ExpectAsync(json, status, code);
            Assert.Contains(said, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            foreach (var query in new[] { "", "?after=1" })
            {
                using var stream = await ViewClient.SendAsync(api.Operator, owner.Mission, view, query);
                await Problem.ExpectAsync(stream, status, code);
            }
        }
    }

    [Fact]
    public async Task A_stream_begins_with_a_snapshot_follows_and_ends_with_the_mission()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(1, 1));
        await owner.ChangeAsync(View, ViewOwner.Row(2, 1));
        using var client = await ViewClient.OpenAsync(api.Operator, owner.Mission, View);
        var snapshot = await client.NextAsync();
        Assert.Equal(("2", "snapshot", 2L), (snapshot!.Id, snapshot.Name, snapshot.Seq));
        Assert.Equal([(1, 1L), (2, 1L)], snapshot.Rows);
        Assert.Equal("text", snapshot.Data.GetProperty("columns")[1].GetProperty("name").GetString());
        await owner.CommitAsync(StreamProjection.Empty);
        await owner.ChangeAllAsync(View, [[ViewOwner.Row(1, -1), ViewOwner.Row(3, 2)], [ViewOwner.Row(4, 1)]]);
        var first = await client.NextAsync();
        Assert.Equal(("4", "delta", 4L), (first!.Id, first.Name, first.Seq));
        Assert.Equal([(1, -1L), (3, 2L)], first.Rows);
        Assert.Equal("ünï \"3\"\n✓", first.Data.GetProperty("changes")[1].GetProperty("row").GetProperty("text").GetString());
        Assert.Equal(5, (await client.NextAsync())!.Seq);
        await owner.EndAsync();
        var end = await client.NextAsync();
        Assert.Equal((null, "mission.end", "completed"), (end!.Id, end.Name, end.Data.GetProperty("status").GetString()));
        Assert.Null(await client.LineAsync());
        // Whoever comes later still gets what it lacks, and the end.
        using var late = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=1", "4");
        Assert.Equal(5, (await late.NextAsync())!.Seq);
        Assert.Equal("mission.end", (await late.NextAsync())!.Name);
    }

    [Fact]
    public async Task Who_has_seen_less_than_is_told_apart_gets_a_410_and_who_has_seen_more_than_there_is_a_400()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.CommitAsync(StreamProjection.Empty);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(1, 1));
        await owner.ChangeAsync(View, ViewOwner.Row(2, 1));
        await ExpectAsync("?after=1", 410, "view_seq_expired");
        using (var built = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=2"))
        {
            Assert.Equal(3, (await built.NextAsync())!.Seq);
        }

        await owner.FoldAsync(TimeSpan.Zero);
        await owner.CommitAsync(StreamProjection.Empty);
        await owner.ChangeAsync(View, ViewOwner.Row(3, 1));
        await ExpectAsync("?after=2", 410, "view_seq_expired");
        var ahead = await ExpectAsync("?after=6", 400, "parameter_invalid");
        Assert.Contains("its last is 5", ahead.GetProperty("detail").GetString(), StringComparison.Ordinal);
        await ExpectAsync("?after=x", 400, "parameter_invalid");
        using var folded = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=3");
        Assert.Equal(5, (await folded.NextAsync())!.Seq);
        using var between = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=4");
        Assert.Equal(5, (await between.NextAsync())!.Seq);

        async Task<JsonElement> ExpectAsync(string query, int status, string code)
        {
            using var response = await ViewClient.SendAsync(api.Operator, owner.Mission, View, query);
            return await Problem.ExpectAsync(response, status, code);
        }
    }

    [Theory]
    [InlineData("anew")]
    [InlineData("unpublished")]
    [InlineData("folded")]
    public async Task A_connected_client_that_cannot_go_on_is_told_and_the_stream_ends(string how)
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, ViewOwner.Row(1, 1));
        using var client = await ViewClient.OpenAsync(api.Operator, owner.Mission, View);
        Assert.Equal("snapshot", (await client.NextAsync())!.Name);
        if (how == "folded")
        {
            // As if the client had slept for longer than changes are told apart: the change comes folded or not at all.
            await api.Database.AdministerAsync($"update control.view set base_seq = 2 where mission_id = '{owner.Mission.Value}'");
            await owner.CommitAsync(StreamProjection.Empty);
        }
        else
        {
            await owner.DeclareAsync(View, published: how == "anew", ViewOwner.Row(9, 1));
        }

        var reset = await client.NextAsync();
        Assert.Equal(("", "reset", 2L), (reset!.Id, reset.Name, reset.Seq));
        Assert.Null(await client.LineAsync());
    }

    [Fact]
    public async Task Declared_anew_a_view_is_what_it_was_declared_as_and_no_other_changes()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await using var stranger = await ViewOwner.BeginAsync(api);
        await stranger.DeclareAsync(View, published: true, ViewOwner.Row(8, 1));
        await stranger.ChangeAsync(View, ViewOwner.Row(9, 1));
        await owner.CommitAsync(StreamProjection.Empty with { Views = [owner.Projection(View, published: true, ViewOwner.Row(1, 1)), owner.Projection("other", published: true, ViewOwner.Row(6, 1))] });
        await owner.CommitAsync(StreamProjection.Empty with { ViewDeltas = [owner.Delta(View, 2, ViewOwner.Row(2, 1)), owner.Delta("other", 2, ViewOwner.Row(7, 1))] });
        await owner.FoldAsync(TimeSpan.Zero);
        await owner.ChangeAsync(View, ViewOwner.Row(3, 1));
        // Declared in one entry and changed by the next, in one commit.
        await owner.CommitAsync(StreamProjection.Empty with { Views = [owner.Projection(View, published: true, ViewOwner.Row(4, 2))], ViewDeltas = [owner.Delta(View, 5, ViewOwner.Row(5, 1))] }, entries: 2);
        await AssertShownAsync(owner, 5, (4, 2), (5, 1));
        Assert.Equal(["4|4"], await api.Database.RowsAsync("voxeltron_api", $"select built_seq, base_seq from control.view where mission_id = '{owner.Mission.Value}' and view = '{View}'"));
        Assert.Equal(owner.Expected["other"], await owner.ContentAsync("other"));
        await AssertShownAsync(stranger, 2, (8, 1), (9, 1));
    }

    [Fact]
    public async Task A_change_of_thousands_of_rows_is_one_event()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true);
        using var client = await ViewClient.OpenAsync(api.Operator, owner.Mission, View);
        Assert.Equal("snapshot", (await client.NextAsync())!.Name);
        // Exactly a page, one more, one less, many; long rows, which end a page by their bytes.
        var sizes = new[] { 500, 501, 499, 1, 7_001, 3 };
        await owner.ChangeAllAsync(View, [.. sizes.Select(static (size, index) => Many(index, size)), [.. Enumerable.Range(90_000, 12).Select(static id => ViewOwner.Row(id, 1, padding: 200_000))]]);
        foreach (var (size, index) in sizes.Append(12).Select(static (size, index) => (size, index)))
        {
            var change = await client.NextAsync();
            Assert.Equal((2L + index, size), (change!.Seq, change.Rows.Count));
            Assert.Equal(change.Rows.Select(static row => row.Id).Order(), change.Rows.Select(static row => row.Id));
        }

        await owner.ChangeAsync(View, ViewOwner.Row(1, 1));
        Assert.Equal(owner.Seq, (await client.NextAsync())!.Seq);

        static ViewRow[] Many(int index, int size) => [.. Enumerable.Range(index * 10_000, size).Select(static id => ViewOwner.Row(id, 1))];
    }

    [Fact]
    public async Task A_client_that_leaves_a_large_view_frees_its_place()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, [.. Enumerable.Range(0, 1_500).Select(static id => ViewOwner.Row(id, 1, padding: 16_000))]);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < 12; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{owner.Mission}/views/{View}");
            using var response = await api.Operator.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            var some = new byte[1000];
            await (await response.Content.ReadAsStreamAsync()).ReadExactlyAsync(some);
        }

        var shown = await GetAsync($"/v1/missions/{owner.Mission}/views/{View}");
        Assert.Equal(1_500, shown.GetProperty("rows").GetArrayLength());
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "places were not freed");
    }

    [Fact]
    public async Task As_many_readers_as_may_are_served_and_another_is_told_to_wait()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true, [.. Enumerable.Range(0, 1_500).Select(static id => ViewOwner.Row(id, 1, padding: 16_000))]);
        var slow = new List<HttpResponseMessage>();
        try
        {
            for (var i = 0; i < 4; i++)
            {
                slow.Add(await api.Operator.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"/v1/missions/{owner.Mission}/views/{View}"), HttpCompletionOption.ResponseHeadersRead));
            }

            using var fifth = await api.Operator.GetAsync($"/v1/missions/{owner.Mission}/views/{View}");
            await Problem.ExpectAsync(fifth, 429, "views_busy");
            // Followers that have their place already, and everything else, go on.
            using var follower = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=1");
            await owner.ChangeAsync(View, ViewOwner.Row(9_999, 1));
            Assert.Equal(2, (await follower.NextAsync())!.Seq);
        }
        finally
        {
            slow.ForEach(static response => response.Dispose());
        }
    }

    [Fact]
    public async Task A_stream_without_news_is_kept_alive()
    {
        await using var owner = await ViewOwner.BeginAsync(api);
        await owner.DeclareAsync(View, published: true);
        using var client = await ViewClient.OpenAsync(api.Operator, owner.Mission, View, "?after=1");
        Assert.Equal(": keep-alive", await client.LineAsync());
        Assert.Equal("", await client.LineAsync());
    }

    private async Task AssertShownAsync(ViewOwner owner, long seq, params (int Id, long Count)[] rows)
    {
        var shown = await GetAsync($"/v1/missions/{owner.Mission}/views/{View}");
        Assert.Equal((View, seq), (shown.GetProperty("view").GetString(), shown.GetProperty("seq").GetInt64()));
        Assert.Equal(["id", "text"], shown.GetProperty("columns").EnumerateArray().Select(static column => column.GetProperty("name").GetString()));
        Assert.Equal(rows, shown.GetProperty("rows").EnumerateArray().Select(static row => (row.GetProperty("row").GetProperty("id").GetInt32(), row.GetProperty("count").GetInt64())));
        Assert.Equal(owner.Expected[View], await owner.ContentAsync(View));
        Assert.All(shown.GetProperty("rows").EnumerateArray().Select(static row => row.GetProperty("row")), static row =>
            Assert.Equal($"ünï \"{row.GetProperty("id").GetInt32().ToString(CultureInfo.InvariantCulture)}\"\n✓", row.GetProperty("text").GetString()));
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await api.Operator.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadFromAsync();
    }
}
