using System.Diagnostics;
using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Single behaviours of a circuit that random plans reach rarely or never.</summary>
public sealed class CircuitTests(ITestOutputHelper output)
{
    private static readonly TableSchema Order = new("orders", [new("id", ColumnType.Int64), new("cell", ColumnType.Int64), new("units", ColumnType.Int64)], ["id"]);
    private static readonly TableSchema Cell = new("cells", [new("id", ColumnType.Int64), new("team", ColumnType.Text)], ["id"]);

    private static readonly Plan Orders = Scan(Order, 0, 1, 2);
    private static readonly Plan Cells = Scan(Cell, 0, 1);

    [Fact]
    public void Equal_plans_share_their_operators_and_their_rows()
    {
        var world = new CircuitWorld([Order, Cell]);
        var circuit = world.NewCircuit(
        [
            ("teams", ByTeam(Joined(outer: false))),
            ("joined", Joined(outer: false)),
            ("teams_too", ByTeam(new JoinPlan(Scan(Order, 0, 1, 2), Scan(Cell, 0, 1), false, [Number(1)], [Number(0)], Joined(outer: false).Columns))),
            ("twice", new UnionPlan([Orders, Orders], Orders.Columns)),
        ]);
        Assert.Null(circuit.Load());
        Assert.Equal(5, circuit.Operators.Count);
        Assert.Same(circuit["teams"], circuit["teams_too"]);

        Put(world, Order, 1L, 7L, 3L);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(2, circuit["twice"].Delta.Weight(0));
        Assert.Equal(0, circuit["joined"].Delta.Count);
        Put(world, Cell, 7L, "red");
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(0, circuit["twice"].Delta.Count);
        Assert.Equal("1|7|3|7|sred 1", Text(circuit["joined"]));
        Assert.Equal("sred|1|u3/0|3|3 1", Text(circuit["teams"]));
    }

    [Fact]
    public void Aggregates_of_everything_are_a_row_before_the_first_transaction()
    {
        var world = new CircuitWorld([Order, Cell]);
        var circuit = world.NewCircuit([("all", new AggregatePlan(Orders, [], Calls, [.. Calls.Select(static call => new ViewColumn("a", call.Type, true))]))]);
        Assert.Null(circuit.Load());
        Assert.Equal("0|null|null|null 1", Text(circuit["all"]));
        Put(world, Order, 1L, 7L, 3L);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal("1|u3/0|3|3 1", Text(circuit["all"]));
        Assert.Equal(2, circuit["all"].Delta.Count);
    }

    [Fact]
    public void A_row_without_a_value_that_only_passes_by_while_loading_is_no_fault()
    {
        // Orders come before the cells that every one of them has a partner in.
        var world = new CircuitWorld([Order, Cell]);
        for (var i = 0L; i < 1_000; i++)
        {
            Put(world, Order, i, i % 3, i);
        }

        for (var i = 1L; i < 5; i++)
        {
            Put(world, Cell, i, "team");
        }

        var joined = Joined(outer: true);
        var view = new ProjectPlan(joined, [new Divide(Number(2), new OrZero(Number(3)))], [new("q", ViewType.Int64, true)]);
        var refused = world.NewCircuit([("other", Cells), ("q", view)]);
        var fault = refused.Load();
        Assert.Equal(ViewFault.DivisionByZero, fault?.Code);
        Assert.Equal(["q"], fault!.Views);
        Assert.StartsWith("project divide", fault.Operator, StringComparison.Ordinal);

        for (var i = 0L; i < 1_000; i += 3)
        {
            Put(world, Order, i, 1L, i);
        }

        var circuit = world.NewCircuit([("q", view)]);
        Assert.Null(circuit.Load());

        // Nor in one step, however many rows are changed there and in which order they come.
        world.Write([.. Enumerable.Range(1, 4).Select(static i => (Cell, new object?[] { (long)i }, (object?[]?)[(long)i, "another"]))]);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(0, circuit["q"].Delta.Count);

        var before = CircuitWorld.Contents(circuit);
        world.Write([(Cell, [1L], null), (Cell, [9L], [9L, "new"])]);
        Assert.Equal(ViewFault.DivisionByZero, circuit.Step(world.Store.LastChanges)?.Code);
        Assert.Equal(before, CircuitWorld.Contents(circuit));
    }

    [Fact]
    public void A_step_whose_large_batch_has_rows_that_cancel_does_not_fault_on_them()
    {
        // Both sides change: pairs with what was there are given and taken back in one step.
        var world = new CircuitWorld([Order, Cell]);
        var view = new ProjectPlan(Joined(outer: false), [new Divide(Number(2), Number(2))], [new("q", ViewType.Int64, true)]);
        var circuit = world.NewCircuit([("q", view)]);
        Assert.Null(circuit.Load());
        Put(world, Cell, 1L, "team");
        Assert.Null(circuit.Step(world.Store.LastChanges));

        // The orders' pairs with the cell that goes would have no value; more of them than are consolidated at once.
        world.Write([(Cell, [1L], null), .. Enumerable.Range(0, 1_000).Select(static i => (Order, new object?[] { (long)i }, (object?[]?)[(long)i, 1L, 0L]))]);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(0, circuit["q"].Delta.Count);
        circuit.Undo(world.Store.LastChanges);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(0, circuit["q"].Rows.Count);
    }

    [Fact]
    public void A_product_that_would_not_end_is_cut_and_taken_back()
    {
        var world = new CircuitWorld([Order, Cell]);
        var product = new JoinPlan(Orders, Orders, false, [], [], [.. Orders.Columns, .. Orders.Columns]);
        var views = new (string, Plan)[] { ("pairs", new AggregatePlan(product, [], [Calls[0]], [new("n", ViewType.Int64, false)])), ("orders", Orders) };
        var circuit = world.NewCircuit(views, batchBytes: 20_000);
        Assert.Null(circuit.Load());
        Put(world, Order, 1L, 1L, 1L);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        var before = CircuitWorld.Contents(circuit);
        world.Write([.. Enumerable.Range(2, 200).Select(static i => (Order, new object?[] { (long)i }, (object?[]?)[(long)i, 1L, 0L]))]);
        var fault = circuit.Step(world.Store.LastChanges);
        Assert.Equal(CircuitLimits.StepTooLarge, fault?.Code);
        Assert.Equal(["pairs"], fault!.Views);
        Assert.Equal(before, CircuitWorld.Contents(circuit));

        // Loading takes fewer rows at a time, so that it does not need room that steps did not.
        var loaded = world.NewCircuit(views, batchBytes: 60_000);
        Assert.Null(loaded.Load());
        Assert.Equal("40401 1", Text(loaded["pairs"]));
    }

    [Fact]
    public void A_sum_too_large_only_while_loading_is_no_fault_though_parts_are_loaded_again()
    {
        var world = new CircuitWorld([Order, Cell]);
        world.Write([.. Enumerable.Range(0, 800).Select(static i => (Order, new object?[] { (long)i }, (object?[]?)[(long)i, i is 1 or 799 ? 0L : i, i switch { 0 => long.MaxValue, 799 => -10L, _ => 5L }]))]);
        AggregateCall[] calls = [Calls[1] with { Type = ViewType.Int64 }, .. Calls];
        var sum = new AggregatePlan(Orders, [1], calls, [Orders.Columns[1], .. calls.Select(static call => new ViewColumn("a", call.Type, true))]);

        // More than the scan gives of a part, less than the aggregate does; the last part, which mends the sum, is a short one.
        var circuit = world.NewCircuit([("sum", sum)], batchBytes: 14_000);
        Assert.Null(circuit.Load());
        var (rows, found) = (circuit["sum"].Rows, 0);
        for (var position = rows.Seek([]); rows.TryRead(ref position, [], out _, out _);)
        {
            found++;
        }

        Assert.Equal(798, found);
        world.Write([(Order, [799L], null)]);
        Assert.Equal(ViewFault.OutOfRange, circuit.Step(world.Store.LastChanges)?.Code);
    }

    /// <summary>A projection cut in a load step counts the step's rows without a value to the end: the undo counts them all back.</summary>
    [Fact]
    public void Rows_without_a_value_are_counted_back_when_a_load_step_is_cut()
    {
        var world = new CircuitWorld([Order, Cell]);
        world.Write(Enumerable.Range(0, 200).Select(static i => (Order, new object?[] { (long)i }, (object?[]?)[(long)i, (long)(i % 100) + 1, 5L])));
        world.Write(Enumerable.Range(0, 300).Select(static i => (Cell, new object?[] { (long)i }, (object?[]?)[(long)i, $"c{i}"])));
        // An order without its cell has no value. Wider than its input, so that it is the projection that is cut.
        var view = new ProjectPlan(
            Joined(outer: true),
            [new Divide(Number(2), new OrZero(Number(3))), .. Enumerable.Repeat(Number(0), 12)],
            [new("q", ViewType.Int64, true), .. Enumerable.Range(0, 12).Select(static i => new ViewColumn($"c{i}", ViewType.Int64, false))]);
        var whole = world.NewCircuit([("v", view)]);
        Assert.Null(whole.Load());
        var (cut, loaded) = (0, 0);
        for (var batchBytes = 2_000; batchBytes <= 60_000; batchBytes += 500)
        {
            var circuit = world.NewCircuit([("v", view)], batchBytes: batchBytes);
            var fault = circuit.Load();
            Assert.True(fault is null or { Code: CircuitLimits.StepTooLarge }, $"{batchBytes} bytes: {fault}");
            cut += fault is null ? 0 : 1;
            loaded += fault is null ? 1 : 0;
            Assert.True(fault is not null || CircuitWorld.Contents(circuit) == CircuitWorld.Contents(whole), $"{batchBytes} bytes");
        }

        Assert.True(loaded > 50, $"{cut} were refused, {loaded} loaded");
    }

    [Fact]
    public void A_row_may_be_longer_than_any_key()
    {
        var world = new CircuitWorld([Order, Cell]);
        var circuit = world.NewCircuit([("cells", Cells), ("long", new ProjectPlan(Cells, [Number(0), new Twice(new ColumnExpression(1, ViewType.Text, false))], Cells.Columns))]);
        Assert.Null(circuit.Load());
        var name = new string('n', 200_000);
        Put(world, Cell, 1L, name);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal($"1|s{name}{name} 1", Text(circuit["long"]));
        world.Write([(Cell, [1L], null)]);
        Assert.Null(circuit.Step(world.Store.LastChanges));
        Assert.Equal(0, circuit.Bytes);
    }

    [Fact]
    public void Steps_allocate_nothing_for_a_row()
    {
        const int Rows = 20_000;
        const int Steps = 4_000;
        foreach (var (name, views) in Measured())
        {
            var world = new CircuitWorld([Order, Cell]);
            Fill(world, Rows);
            var circuit = world.NewCircuit(views);
            var clock = Stopwatch.StartNew();
            Assert.Null(circuit.Load());
            var load = clock.ElapsedMilliseconds;

            var random = new Random(1);
            var times = new long[Steps];
            var allocated = 0L;
            for (var i = -Steps; i < Steps; i++)
            {
                UpdateOne(world, random, Rows);
                var start = GC.GetAllocatedBytesForCurrentThread();
                var ticks = Stopwatch.GetTimestamp();
                var fault = circuit.Step(world.Store.LastChanges);
                ticks = Stopwatch.GetTimestamp() - ticks;
                Assert.Null(fault);
                if (i >= 0)
                {
                    times[i] = ticks;
                    allocated += GC.GetAllocatedBytesForCurrentThread() - start;
                }
            }

            Array.Sort(times);
            var us = 1e6 / Stopwatch.Frequency;
            output.WriteLine($"{name}: p50 {times[Steps / 2] * us:F2} us, p99 {times[Steps * 99 / 100] * us:F2} us, mean {times.Average() * us:F2} us, {allocated / (double)Steps:F2} bytes allocated, load {load} ms, {circuit.Bytes >> 10} KiB in {circuit.ReservedBytes >> 10} KiB of slabs");

            // An order's chunk of 1 KiB splits now and then, while rows come and go; nothing is allocated for a row.
            Assert.InRange(allocated / Steps, 0, 64);
        }
    }

    private static IEnumerable<(string Name, (string, Plan)[] Views)> Measured()
    {
        var filter = new ProjectPlan(new FilterPlan(Orders, new Less(Number(2), new NumberLiteral(2))), [Number(0), Number(2)], Columns(Orders, 0, 2));
        var distinct = new DistinctPlan(new ProjectPlan(Orders, [Number(1), Number(2)], Columns(Orders, 1, 2)));
        var top = new TopPlan(Orders, [2], [new(1, true, true), new(0, false, false)], 10, true, [.. Orders.Columns, new("rank", ViewType.Int64, false)]);
        (string, Plan)[] views = [("filter", filter), ("join", Joined(outer: false)), ("teams", ByTeam(Joined(outer: false))), ("distinct", distinct), ("top", top)];
        return [.. views.Select(static view => (view.Item1, new[] { view })), ("left join", [("left", Joined(outer: true))]), ("all five", views)];
    }

    private static void Fill(CircuitWorld world, int rows)
    {
        for (var from = 0; from < rows; from += 1_000)
        {
            world.Write([.. Enumerable.Range(from, 1_000).Select(static i => (Order, new object?[] { (long)i }, (object?[]?)[(long)i, i % 1000L, ((i / 1000L * 3) + i) % 8L]))]);
        }

        world.Write([.. Enumerable.Range(0, 1_000).Select(static i => (Cell, new object?[] { (long)i }, (object?[]?)[(long)i, $"team {i % 50}"]))]);
    }

    private static void UpdateOne(CircuitWorld world, Random random, int rows)
    {
        var id = (long)random.Next(rows);
        var transaction = world.Store.Begin();
        transaction.Put("orders"u8, new TupleBuilder().Int64(id).Int64(id % 1000).Int64(random.Next(8)).ToArray());
        transaction.Commit();
    }

    private static readonly AggregateCall[] Calls =
    [
        new(AggregateFunction.CountRows, -1, ViewType.Int64), new(AggregateFunction.Sum, 2, ViewType.Decimal(0)),
        new(AggregateFunction.Min, 2, ViewType.Int64), new(AggregateFunction.Max, 2, ViewType.Int64),
    ];

    private static ScanPlan Scan(TableSchema table, params int[] ordinals) =>
        new(table, ordinals, [.. ordinals.Select(o => new ViewColumn(table.Columns[o].Name, new ViewType(table.Columns[o].Type), false))]);

    private static JoinPlan Joined(bool outer) => new(Orders, Cells, outer, [Number(1)], [Number(0)], [.. Orders.Columns, .. Cells.Columns]);

    private static AggregatePlan ByTeam(Plan joined) =>
        new(joined, [4], Calls, [joined.Columns[4], .. Calls.Select(static call => new ViewColumn("a", call.Type, true))]);

    private static ViewColumn[] Columns(Plan plan, params int[] at) => [.. at.Select(i => plan.Columns[i])];

    private static ColumnExpression Number(int at) => new(at, ViewType.Int64, false);

    private static void Put(CircuitWorld world, TableSchema table, params object?[] row) => world.Write([(table, [row[0]], row)]);

    private static string Text(ViewOutput view) =>
        string.Join('\n', CircuitWorld.RowsOf(view).Select(static row => $"{row.Key} {row.Value}"));
}
