using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron.Views;

/// <summary>What views may take and what becomes of a transaction they cannot follow; loading; ranges.</summary>
public sealed class MissionViewsTests(ITestOutputHelper output)
{
    private static readonly IReadOnlyList<TableSchema> s_tables =
    [
        new("finding", [new("id", ColumnType.Int64), new("cell", ColumnType.Int64), new("body", ColumnType.Text), new("n", ColumnType.Int64, Nullable: true)], ["id"]),
        new("cell", [new("id", ColumnType.Int64), new("name", ColumnType.Text)], ["id"]),
    ];

    private long _seq;

    /// <summary>Rows that came in small steps one after the other are loaded in another order: a row that stands for thousands of steps comes last.</summary>
    [Fact]
    public void A_state_that_small_steps_have_made_can_be_loaded()
    {
        const string join = "select f.id, f.body, c.name from finding f left join cell c on c.id = f.cell";
        var store = Store(join);
        Commit(store, Enumerable.Range(0, 4_000).Select(static id => Cell(id)));
        for (var id = 0; id < 3_000; id++)
        {
            Commit(store, [Finding(id, cell: 7, new string('x', 4_000))]);
        }

        var loaded = Store(join, load: false);
        using var dump = new MemoryStream();
        store.WriteDump(dump);
        dump.Position = 0;
        loaded.LoadDump(dump);
        loaded.Views.Load();
        Assert.Equal(store.Views.Root("v", out var rows), loaded.Views.Root("v", out _));
        Assert.Equal((3_000, store.Views.Bytes), (rows, loaded.Views.Bytes));
    }

    [Fact]
    public void A_transaction_that_a_view_cannot_follow_leaves_no_trace_in_tables_or_views()
    {
        var store = Store("select id, 100 / n as part from finding");
        Commit(store, [Finding(1, 1, "a", 5), Finding(2, 1, "b", 4)]);
        var (root, view) = (store.Root(), store.Views.Root("v", out _));
        // Written in another order than the canonical one, one row twice: undone in the order of the writes.
        var refusal = TryCommit(store, [Finding(3, 1, "d", 1), Finding(2, 1, "e", 2), Finding(1, 1, "c", 0), Finding(3, 1, "f", 3)], delete: [2]);
        Assert.Equal(("view_division_by_zero", "v"), (refusal?.Code, refusal?.View));
        Assert.Equal(root, store.Root());
        Assert.Equal(view, store.Views.Root("v", out _));
        Commit(store, [Finding(3, 1, "d", 1)]);
        Assert.Equal(["""{"id":1,"part":20}""", """{"id":2,"part":25}""", """{"id":3,"part":100}"""], Json(store));
    }

    /// <summary>While a view is built anew the circuit may take what is left beside the tables; afterwards the mission's bytes are one bound again.</summary>
    [Fact]
    public void Room_that_tables_give_back_after_a_view_was_built_anew_is_the_views_to_take()
    {
        var store = Store("select id, body || body || body as b from finding where n is not null", limits: StoreLimits.Default with { TotalBytes = 100_000 });
        for (var id = 0; id < 40; id++)
        {
            Commit(store, [Finding(id, 1, new string('x', 1_000))]);
        }

        Assert.Null(store.Views.Build(BoundView.Bind("w", "select id from finding where n = 1", isPublished: false, s_tables)));
        Assert.Null(TryCommit(store, [], delete: [.. Enumerable.Range(0, 40).Select(static id => (long)id)]));
        ViewRefusal? refusal = null;
        for (var id = 0; refusal is null; id++)
        {
            refusal = TryCommit(store, [Finding(id, 1, new string('x', 1_000), 1)]);
            Assert.True(refusal is null || store.Views.Bytes > 65_000, $"refused with {store.Views.Bytes} bytes of views after {id} rows: {refusal}");
        }

        Assert.Equal("views_too_large", refusal.Code);
    }

    [Fact]
    public void What_a_transaction_would_publish_is_bounded_and_what_it_would_not_is_not()
    {
        const string sql = "select id, body || body || body || body as longer from finding";
        var rows = Enumerable.Range(0, 20).Select(static id => Finding(id, 1, new string('x', 250_000))).ToList();
        var refusal = TryCommit(Store(sql + " union all select id, body as longer from finding", isPublished: true), rows[..6]);
        Assert.Null(refusal);
        var store = new MissionStore(s_tables, StoreLimits.Default);
        store.Views.Declare(Enumerable.Range(0, 4).Select(i => BoundView.Bind($"v{i}", $"select id, {i} as i, body || body || body || body as longer from finding", isPublished: true, s_tables)));
        store.Views.Load();
        refusal = TryCommit(store, rows[..5]);
        Assert.Equal("views_step_too_large", refusal?.Code);
        Assert.Equal(0, store.RowCount);
        Commit(store, rows[..2]);
    }

    [Fact]
    public void A_text_that_a_view_makes_has_an_end()
    {
        var store = Store("select id, body || body || body || body || body as longer from finding");
        Assert.Equal("view_value_out_of_range", TryCommit(store, [Finding(1, 1, new string('x', 250_000))])?.Code);
        Commit(store, [Finding(1, 1, new string('x', 100_000))]);
    }

    /// <summary>Tables and views share the mission's bytes: what makes them more is refused, what makes room is not.</summary>
    [Fact]
    public void A_full_mission_can_make_room()
    {
        var store = Store("select id, body from finding", limits: new StoreLimits { TotalBytes = 100_000 });
        ViewRefusal? refusal = null;
        var id = 0;
        while ((refusal = TryCommit(store, [Finding(id, 1, new string('x', 1_000))])) is null)
        {
            id++;
        }

        Assert.Equal("views_too_large", refusal.Code);
        Assert.InRange(id, 30, 60);
        Assert.Equal(id, store.RowCount);
        Assert.Null(TryCommit(store, [], delete: [0]));
        Assert.Null(TryCommit(store, [Finding(id, 1, new string('x', 900))]));
    }

    /// <summary>A follower that comes too late can still be told, though what waits for it is what fills the mission.</summary>
    [Fact]
    public void What_waits_for_a_slow_follower_is_counted_and_its_delivery_gives_it_back()
    {
        var store = Store("select id, body from finding", limits: new StoreLimits { TotalBytes = 100_000 });
        Commit(store, [], seq => store.Views.Follow("slow", new CellSubscription(1, "v", []), seq));
        var id = 0;
        while (TryCommit(store, [Finding(id, 1, new string('x', 1_000))]) is null)
        {
            id++;
        }

        Assert.InRange(id, 15, 40);
        Assert.True(store.Views.Cursors.TryTakeReady(out var cursor));
        Assert.NotNull(TryCommit(store, [Cell(1)]));
        var delivery = store.Views.Deliver(cursor, _seq);
        var told = 0;
        for (; delivery.TryPeek(out _); delivery.Advance())
        {
            told++;
        }

        Assert.Equal(id, told);
        Commit(store, [Cell(1)], _ => store.Views.Cursors.Delivered(cursor, delivery.To));
        Assert.Equal(0, store.Views.Cursors.Bytes);
        Commit(store, [Finding(id, 1, new string('x', 1_000))]);
    }

    /// <summary>Sixteen times sixteen and so on: a row that is there 2^64 times would be there no times.</summary>
    [Fact]
    public void A_row_that_a_join_gives_too_often_is_refused()
    {
        var sources = string.Concat(Enumerable.Range(1, 15).Select(static i => $" join finding f{i} on f{i}.cell = f0.cell"));
        var store = Store($"select f0.cell, count(*) as times from finding f0{sources} group by f0.cell");
        for (var id = 0; id < 5; id++)
        {
            Commit(store, [Finding(id, 7, "x")]);
        }

        Assert.Equal([$$"""{"cell":7,"times":{{(long)Math.Pow(5, 15) * 5}}}"""], Json(store));
        Assert.Equal("view_value_out_of_range", TryCommit(store, Enumerable.Range(5, 11).Select(static id => Finding(id, 7, "x")))?.Code);
        Assert.Equal([$$"""{"cell":7,"times":{{(long)Math.Pow(5, 15) * 5}}}"""], Json(store));
    }

    /// <summary>What fits live fits at recovery: recorded writes are taken as they are.</summary>
    [Fact]
    public void What_a_delivery_in_progress_may_write_can_be_recovered()
    {
        var limits = new StoreLimits { TotalBytes = 100_000 };
        var (live, recovered) = (Store("select id, body from finding", limits: limits), Store("select id, body from finding", limits: limits));
        foreach (var store in new[] { live, recovered })
        {
            _seq = 0;
            Commit(store, [], seq => store.Views.Follow("slow", new CellSubscription(1, "v", []), seq));
            for (var id = 0; TryCommit(store, [Finding(id, 1, new string('x', 1_000))]) is null; id++)
            {
            }
        }

        Assert.True(live.Views.Cursors.TryTakeReady(out var cursor));
        live.Views.Deliver(cursor, _seq);
        Commit(live, [Cell(1)], _ => live.Views.Cursors.Delivered(cursor, _seq - 1));
        recovered.Apply([new RowWrite("cell", RowOperation.Put, RandomRows.Tuple([1L, "c"]))]);
        Assert.Equal(live.Root(), recovered.Root());
    }

    [Fact]
    public void Rows_are_read_from_one_prefix_to_another()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var store = Store("select body, n, id from finding");
        for (var id = 0; id < 300; id++)
        {
            Commit(store, [Finding(id, 1, new string('a', random.Next(4)), random.Next(4) == 0 ? null : random.Next(-3, 4))]);
        }

        var rows = Read(store, [], []);
        Assert.Equal(300, rows.Count);
        Assert.Equal(rows, rows.Order(new RowOrder()));
        for (var i = 0; i < 500; i++)
        {
            var (low, high) = (Prefix(random), Prefix(random));
            var expected = rows.Where(row => Compare(row, low) >= 0 && Compare(row, high) <= 0);
            Assert.Equal(expected, Read(store, low, high));
            Assert.Equal(rows.Where(row => Compare(row, low) == 0), Read(store, low, low));
        }
    }

    private static object?[] Prefix(Random random) => random.Next(4) switch
    {
        0 => [],
        1 => [new string('a', random.Next(5))],
        2 => [new string('a', random.Next(4)), random.Next(4) == 0 ? null : (long)random.Next(-4, 5)],
        _ => [new string('a', random.Next(4)), random.Next(4) == 0 ? null : (long)random.Next(-3, 4), (long)random.Next(300)],
    };

    private static int Compare((string Body, long? N, long Id) row, object?[] prefix)
    {
        var order = prefix.Length > 0 ? string.CompareOrdinal(row.Body, (string)prefix[0]!) : 0;
        order = order == 0 && prefix.Length > 1 ? RowOrder.Compare(row.N, (long?)prefix[1]) : order;
        return order == 0 && prefix.Length > 2 ? row.Id.CompareTo((long)prefix[2]!) : order;
    }

    private static List<(string Body, long? N, long Id)> Read(MissionStore store, object?[] low, object?[] high)
    {
        var transaction = store.Begin();
        Assert.Equal(StateStatus.Ok, transaction.Read("v"u8, low.Length == 0 ? [] : RandomRows.Tuple(low), high.Length == 0 ? [] : RandomRows.Tuple(high), out var cursor));
        var rows = new List<(string, long?, long)>();
        for (; cursor!.TryPeek(out var tuple); cursor.Advance())
        {
            var position = sizeof(ushort);
            var body = Field.ReadTrusted(tuple, ref position);
            var n = Field.ReadTrusted(tuple, ref position);
            var id = Field.ReadTrusted(tuple, ref position);
            var weight = Field.ReadTrusted(tuple, ref position);
            Assert.Equal(1, weight.Int64);
            rows.Add((System.Text.Encoding.UTF8.GetString(body.Value), n.IsNull ? null : n.Int64, id.Int64));
        }

        transaction.Abort();
        return rows;
    }

    private static List<string> Json(MissionStore store) => [.. store.Views.Rows("v").Select(static row => System.Text.Encoding.UTF8.GetString(row.Json))];

    private static MissionStore Store(string sql, bool load = true, bool isPublished = false, StoreLimits? limits = null)
    {
        var store = new MissionStore(s_tables, limits ?? StoreLimits.Default);
        store.Views.Declare([BoundView.Bind("v", sql, isPublished, s_tables)]);
        if (load)
        {
            store.Views.Load();
        }

        return store;
    }

    private static (string Table, object?[] Row) Finding(long id, long cell, string body, long? n = null) => ("finding", [id, cell, body, n]);

    private static (string Table, object?[] Row) Cell(long id) => ("cell", [id, "c"]);

    private void Commit(MissionStore store, IEnumerable<(string, object?[])> rows, Action<long>? fold = null) => Assert.Null(TryCommit(store, rows, fold: fold));

    private ViewRefusal? TryCommit(MissionStore store, IEnumerable<(string Table, object?[] Row)> rows, long[]? delete = null, Action<long>? fold = null)
    {
        var transaction = store.Begin();
        foreach (var (table, row) in rows)
        {
            Assert.Equal(StateStatus.Ok, transaction.Put(System.Text.Encoding.ASCII.GetBytes(table), RandomRows.Tuple(row)));
        }

        foreach (var id in delete ?? [])
        {
            Assert.Equal(StateStatus.Ok, transaction.Delete("finding"u8, RandomRows.Tuple([id])));
        }

        var refusal = transaction.TryCommit(out _);
        if (refusal is null)
        {
            fold?.Invoke(++_seq);
            store.Views.Committed(_seq);
        }

        return refusal;
    }

    private sealed class RowOrder : IComparer<(string Body, long? N, long Id)>
    {
        public static int Compare(long? a, long? b) => a is null || b is null ? (a is null ? 1 : 0) - (b is null ? 1 : 0) : a.Value.CompareTo(b.Value);

        public int Compare((string Body, long? N, long Id) x, (string Body, long? N, long Id) y)
        {
            var order = string.CompareOrdinal(x.Body, y.Body);
            order = order == 0 ? Compare(x.N, y.N) : order;
            return order == 0 ? x.Id.CompareTo(y.Id) : order;
        }
    }
}
