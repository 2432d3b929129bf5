using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Goal: a view's SQL becomes the plan it means, or is refused at the place where it goes beyond, with what to do instead.</summary>
public sealed class ViewSqlTests(ITestOutputHelper output)
{
    private static readonly TableSchema[] Tables =
    [
        new("orders",
            [new("id", ColumnType.Int64), new("cell", ColumnType.Int64), new("status", ColumnType.Text, Nullable: true), new("price", ColumnType.Decimal, Precision: 10, Scale: 2), new("weight", ColumnType.Float64), new("at", ColumnType.Timestamp), new("doc", ColumnType.Json), new("raw", ColumnType.Bytes), new("ok", ColumnType.Bool)],
            ["id"]),
        new("cells", [new("id", ColumnType.Int64), new("team", ColumnType.Text), new("code", ColumnType.Text)], ["id"]) { Indexes = [new("one_code", ["code"], Unique: true)] },
        new("mine", [new("id", ColumnType.Int64)], ["id"], TableScope.Cell),
    ];

    [Theory]
    [InlineData(
        "select id, price from orders where status = 'open' and price > 10",
        """
        project $0, $2
          filter and(eq($1, 'open'), gt($2, to_decimal(28,2)(10)))
            scan orders [id, status, price]
        """)]
    [InlineData(
        "SELECT o.id, c.team FROM orders AS o JOIN cells c ON o.cell = c.id AND c.team <> 'x' AND o.ok",
        """
        project $0, $4
          join on left $1 = right $0
            filter $2
              scan orders [id, cell, ok]
            filter ne($1, 'x')
              scan cells [id, team]
        """)]
    [InlineData(
        "select c.team, count(*) as n, sum(o.price) as total, round(avg(o.price), 3) as mean from orders o left join cells c on c.id = o.cell group by c.team having count(*) > 1 and sum(o.price) > 0",
        """
        project $0, $1, $2, $3
          filter and(gt($1, 1), gt($2, to_decimal(28,2)(0)))
            aggregate count(*), sum($1) as decimal(28,2), avg($1) as decimal(28,3) by $0
              project $3, $1
                left join on left $0 = right $0
                  scan orders [cell, price]
                  scan cells [id, team]
        """)]
    [InlineData(
        "select id, status from orders order by status desc, id limit 3",
        """
        top 3 by $1 desc, $0
          scan orders [id, status]
        """)]
    [InlineData(
        "select id, n from (select id, row_number() over (partition by status order by price desc nulls last, id) as n from orders) x where n <= 2",
        """
        filter le($1, 2)
          project $0, $3
            top 2 with rank of each $1 by $2 desc nulls last, $0
              project $0, $1, $2
                scan orders [id, status, price]
        """)]
    [InlineData(
        "select distinct status from orders union all select team from cells",
        """
        union all
          distinct
            scan orders [status]
          scan cells [team]
        """)]
    [InlineData("select count(*) as n from orders", "project $0\n  aggregate count(*)\n    project \n      scan orders []")]
    [InlineData("select cast(round(price / 3, 1) as numeric(6,1)) as x from orders", "project to_decimal(28,1)_6(quotient_1($0, to_decimal(28,0)(3)))\n  scan orders [price]")]
    [InlineData("select id as \"Id\" from orders where at >= '2026-01-02' and not (weight > 1 or id in (1, -2)) -- a comment", "project $0\n  filter and(ge($2, 1767312000000000), not(or(gt($1, to_float64(1)), or(eq($0, 1), eq($0, neg(2))))))\n    scan orders [id, weight, at]")]
    public void A_view_s_plan_can_be_shown(string sql, string plan) =>
        Assert.Equal(plan.ReplaceLineEndings("\n"), Binder.Read(sql, Tables).Explain());

    [Theory]
    [InlineData("select s1.id from orders s where .5 > 1", 1, 8, "no source 's1'")]
    [InlineData("select id from nothing", 1, 16, "no table 'nothing'; there are orders, cells, mine")]
    [InlineData("select nope from orders", 1, 8, "no column 'nope'")]
    [InlineData("select o.id, x.id from orders o", 1, 14, "no source 'x'")]
    [InlineData("select id from orders o join cells c on o.cell = c.id", 1, 8, "in more than one source")]
    [InlineData("select id from orders, cells", 1, 22, "unexpected")]
    [InlineData("select id\nfrom orders\nwhere id = 'x'", 3, 10, "do not go together|cannot be made")]
    [InlineData("select id from mine", 1, 16, "scope cell")]
    [InlineData("select id from orders where id", 1, 29, "a condition is wanted")]
    [InlineData("select id from orders order by id", 1, 32, "order by goes with limit")]
    [InlineData("select id from orders limit 3", 1, 1, "limit without order by")]
    [InlineData("select id, status from orders order by status limit 3", 1, 40, "end the order with id")]
    [InlineData("select status from orders order by status limit 3", 1, 36, "no key to end the order")]
    [InlineData("select id from orders order by id limit 99999", 1, 32, "keeps 1 to 10000")]
    [InlineData("select sum(weight) as s from orders", 1, 8, "depends on the order of the rows")]
    [InlineData("select avg(price) as a from orders", 1, 8, "round(avg(x), n)")]
    [InlineData("select price / 3 as p from orders", 1, 14, "round(a / b, n)")]
    [InlineData("select id, count(*) as n from orders", 1, 8, "neither in group by")]
    [InlineData("select id from orders where count(*) > 1", 1, 29, "write having|aggregates are for")]
    [InlineData("select sum(count(*)) as s from orders", 1, 12, "not inside one another|aggregates are for")]
    [InlineData("select distinct doc from orders", 1, 1, "json, which has no equality")]
    [InlineData("select id from orders where doc = doc", 1, 33, "json cannot be compared")]
    [InlineData("select o.id from orders o join cells c on o.cell > c.id", 1, 50, "needs an equality")]
    [InlineData("select o.id from orders o left join cells c on o.cell = c.id and o.ok", 1, 66, "belongs into a where")]
    [InlineData("select id from orders union select id from cells", 1, 29, "union all only")]
    [InlineData("select id from orders cross join cells", 1, 23, "'cross' is not supported")]
    [InlineData("select id from orders where status like 'a%'", 1, 36, "'like' is not supported")]
    [InlineData("select id from orders where id in (select id from cells)", 1, 36, "a query inside an expression")]
    [InlineData("select rank() over (order by id) as r from orders", 1, 8, "row_number() only")]
    [InlineData("select row_number() over (order by id) as r from orders", 1, 8, "the query around it bounds it")]
    [InlineData("select r from (select row_number() over (order by id) as r from orders) x", 1, 23, "needs a bound")]
    [InlineData("select id, id from orders", 1, 1, "called 'id'")]
    [InlineData("select upper(status) as u from orders", 1, 8, "no function 'upper'")]
    [InlineData("select null as x from orders", 1, 8, "the type of null")]
    [InlineData("select cast(id as money) as m from orders", 1, 19, "no type 'money'")]
    [InlineData("select id from orders where at > 'soon'", 1, 32, "no timestamp")]
    [InlineData("select id from orders where", 1, 28, "unexpected end")]
    [InlineData("select id from orders where id = #", 1, 34, "no SQL a view can have")]
    [InlineData("insert into orders values (1)", 1, 1, "unexpected")]
    [InlineData("", 1, 1, "unexpected end")]
    public void What_views_do_not_do_is_refused_where_it_stands(string sql, int line, int column, string reason)
    {
        var refused = Assert.Throws<ViewSqlException>(() => Binder.Read(sql, Tables));

        Assert.Matches("(?s)" + string.Join('|', reason.Split('|').Select(System.Text.RegularExpressions.Regex.Escape)), refused.Reason);
        Assert.Equal((line, column), (refused.Line, refused.Column));
        Assert.StartsWith($"line {line}, column {column}: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal("view_refused", refused.FaultCode);
    }

    [Fact]
    public void Deep_nesting_is_refused_and_not_run_into()
    {
        var sql = $"select {new string('(', 5_000)}1{new string(')', 5_000)} as x from orders";
        Assert.Contains("nested deeper", Assert.Throws<ViewSqlException>(() => Binder.Read(sql, Tables)).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select id from orders where ok", " and ok", 495)]
    [InlineData("select 1", " + 1", 494)]
    [InlineData("select id from orders where id", " is null", 2)]
    public void The_longest_view_there_may_be_is_read_on_a_small_stack_and_a_longer_one_refused(string head, string more, int times)
    {
        string Sql(int count) => head + string.Concat(Enumerable.Repeat(more, count)) + (head.Contains("from", StringComparison.Ordinal) ? "" : " as x from orders");
        Exception? failed = null;
        var reader = new Thread(
            () =>
            {
                try
                {
                    var plan = Binder.Read(Sql(times), Tables);
                    Assert.NotEmpty(plan.Explain() + plan.Key);
                }
                catch (Exception e)
                {
                    failed = e;
                }
            },
            1024 * 1024);
        reader.Start();
        reader.Join();

        Assert.Null(failed);
        Assert.Contains("at most 1000 words", Assert.Throws<ViewSqlException>(() => Binder.Read(Sql(times + 600), Tables)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Signs_in_a_row_are_bounded() =>
        Assert.Contains("signs in a row", Assert.Throws<ViewSqlException>(() => Binder.Read($"select {string.Concat(Enumerable.Repeat("- ", 500))}1 as x from orders", Tables)).Reason, StringComparison.Ordinal);

    /// <summary>Whatever is written there, the answer is a plan or a refusal with a place.</summary>
    [Fact]
    public void Any_words_in_any_order_are_read_or_refused()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        string[] words =
        [
            "select", "from", "where", "orders", "cells", "id", "price", "status", "o", "c", ".", ",", "(", ")", "*", "count", "sum", "avg", "round", "group by", "order by", "limit", "1", "2.50", "'x'",
            "=", "<", ">=", "and", "or", "not", "is null", "join", "left join", "on", "union all", "distinct", "as", "case", "when", "then", "else", "end", "::", "bigint", "over", "partition by", "row_number",
            "+", "-", "/", "%", "||", "between", "in", "null", "true", "having", "cast", "numeric", "coalesce", "\"Q\"",
        ];
        string[] starts = ["select id from orders", "select o.id, count(*) as n from orders o join cells c on o.cell = c.id group by o.id", "select distinct price from orders where "];
        var plans = 0;
        for (var round = 0; round < 3_000; round++)
        {
            var text = random.Next(2) == 0 ? "" : starts[random.Next(starts.Length)];
            for (var i = random.Next(25); i > 0; i--)
            {
                var word = words[random.Next(words.Length)];
                text = random.Next(4) == 0 && text.Length > 0 ? text.Insert(random.Next(text.Length), $" {word} ") : $"{text} {word}";
            }

            try
            {
                Binder.Read(text, Tables).Explain();
                plans++;
            }
            catch (ViewSqlException refused)
            {
                Assert.True(refused.Line >= 1 && refused.Column >= 1, text);
            }
        }

        output.WriteLine($"{plans} of 3000 were views");
        Assert.True(plans > 10);
    }
}
