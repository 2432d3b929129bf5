using System.Text.RegularExpressions;
using Voxeltron.Cosmictron;
using Voxeltron.Tests.Support;
using Voxeltron.Tests.Unit.Ultra;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Integration.Views;

/// <summary>
/// Goal: the Nexmark queries that fit what views know stay what Postgres answers, and those that do not are refused for the reason
/// docs/nexmark.md gives. Method: random auctions in random transactions; the document's table against both lists.
/// </summary>
public sealed class NexmarkTests(ITestOutputHelper output)
{
    private const int Transactions = 100;

    /// <summary>What a query says that views refuse, and a word of the reason.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        { "q2", "select auction from bid where mod(auction, 123) = 0", "no function 'mod'" },
        { "q4", "select a.id from auction a, bid b where a.id = b.auction", "unexpected `,`" },
        { "q4", "select category, avg(reserve) as mean from auction group by category", "round(avg(x), n)" },
        { "q5", "select auction from hop(bid, date_time)", "unexpected `(`" },
        { "q6", "select avg(price) over (partition by bidder order by date_time rows between 10 preceding and current row) as mean from bid", "unexpected" },
        { "q6", "select avg(price) over (partition by bidder order by date_time, id) as mean from bid", "row_number() only, not avg" },
        { "q7", "select max(price) as price, tumble(date_time, 10000) as w from bid group by tumble(date_time, 10000)", "no function 'tumble'" },
        { "q7", "select date_time - interval '10 seconds' as since from bid", "'interval' is not supported" },
        { "q8", "select id, tumble(date_time, 10000) as w from person", "no function 'tumble'" },
        { "q9", "select id from (select id, row_number() over (partition by auction order by price desc, date_time) as n from bid) x where n <= 1", "end the order with id" },
        { "q10", "select to_char(date_time, 'YYYY-MM-DD') as dt from bid", "no function 'to_char'" },
        { "q11", "select bidder, session(date_time, 10000) as w from bid", "no function 'session'" },
        { "q11", "select lag(date_time) over (partition by bidder order by date_time, id) as earlier from bid", "row_number() only, not lag" },
        { "q12", "select bidder, now() as p_time from bid", "no function 'now'" },
        { "q13", "select s.value from bid b join side_input for system_time as of b.arrived as s on b.auction = s.key", "'for' is not supported" },
        { "q14", "select length(extra) - length(replace(extra, 'c', '')) as c_counts from bid", "no function 'replace'" },
        { "q15", "select count(distinct bidder) as bidders from bid", "(distinct …) is not supported" },
        { "q15", "select count(*) filter (where price < 10000) as bids from bid", "'filter' is not supported" },
        { "q16", "select channel, count(distinct bidder) as bidders from bid group by channel", "(distinct …) is not supported" },
        { "q17", "select auction, count(*) filter (where price < 10000) as bids from bid group by auction", "'filter' is not supported" },
        { "q17", "select auction, avg(price) as mean from bid group by auction", "round(avg(x), n)" },
        { "q18", "select id from (select id, row_number() over (partition by bidder, auction order by date_time desc) as n from bid) x where n <= 1", "end the order with id" },
        { "q19", "select id from (select id, row_number() over (partition by auction order by price desc) as n from bid) x where n <= 10", "end the order with id" },
        { "q21", "select lower(channel) as channel from bid", "no function 'lower'" },
        { "q21", "select substring(url from 'channel_id=([^&]*)') as channel_id from bid", "unexpected" },
        { "q21", "select regexp_substr(url, 'channel_id=([^&]*)', 1, 1, '', 1) as channel_id from bid", "no function 'regexp_substr'" },
        { "q22", "select split_part(url, '/', 4) as dir1 from bid", "no function 'split_part'" },
    };

    [Fact]
    public async Task The_Nexmark_queries_that_fit_are_what_Postgres_answers_after_every_transaction()
    {
        var seed = ViewOracleTests.Number("VOXELTRON_ORACLE_SEED") ?? Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var events = new NexmarkEvents(random);
        var queries = NexmarkQueries.All;
        await using var database = await (await PostgresServer.SharedAsync()).CreateEmptyDatabaseAsync();
        await using var oracle = await ViewOracle.CreateAsync(database.ConnectionString("postgres"), $"seed {seed}", NexmarkTables.All, [.. queries.Select(static query => query.Sql)]);
        var loadAt = random.Next(20);
        for (var round = 0; round < Transactions; round++)
        {
            await oracle.CommitAsync(events.Transaction(), load: round >= loadAt);
        }

        var traffic = queries.Select((query, i) => (query.Name, Given: oracle.Given[i], Taken: oracle.Taken[i])).ToList();
        output.WriteLine($"{oracle.RowsCompared} rows compared; {string.Join(", ", traffic.Select(static view => $"{view.Name} +{view.Given} -{view.Taken}"))}");
        Assert.All(traffic, static view => Assert.True(view is { Given: > 0, Taken: > 0 }, $"{view.Name}: {view.Given} rows came and {view.Taken} went, which says nothing"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_Nexmark_query_says_and_views_do_not_know_is_refused(string query, string sql, string reason)
    {
        var refused = Assert.Throws<ViewSqlException>(() => Binder.Read(sql, NexmarkTables.All));

        output.WriteLine(refused.Message);
        Assert.True(refused.Reason.Contains(reason, StringComparison.Ordinal), $"{query}: {refused.Message}");
    }

    /// <summary>As written: a view and nothing refused. Adapted: both. No: refused, and no view of the whole.</summary>
    [Fact]
    public void The_document_says_of_each_query_what_holds()
    {
        var refused = Refused.Select(static line => (string)line[0]).ToHashSet();
        var whole = NexmarkQueries.All.Select(static query => query.Name).ToHashSet();
        var expected = Enumerable.Range(0, 23).Select(static number => $"q{number}").Select(name => (name, (whole.Contains(name), refused.Contains(name)) switch
        {
            (true, false) => "as written",
            (true, true) => "adapted",
            (false, true) => "no",
            _ => "nowhere",
        }));

        var lines = File.ReadLines(Path.Combine(RepositoryRoot.Path, "docs", "nexmark.md")).Where(static line => Regex.IsMatch(line, @"^\| q\d")).Select(static line => line.Split('|', StringSplitOptions.TrimEntries));
        Assert.Equal(expected, lines.Select(static cells => (cells[1], cells[2])));
    }
}
