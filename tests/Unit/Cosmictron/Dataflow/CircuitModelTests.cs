using Voxeltron.Cosmictron;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>
/// Goal: after every transaction a view's rows are its plan's, its delta is the difference, and a step that cannot be taken
/// leaves nothing behind. Method: random plans and transactions; the plans are computed anew from the whole tables by
/// <see cref="NaiveViews"/>, and every trace is compared with that of a circuit loaded from the tables as they are.
/// </summary>
public sealed class CircuitModelTests(ITestOutputHelper output)
{
    private const int Plans = 4;

    private static readonly string[] Texts = ["", "a", "ab", "b", "é"];
    private static readonly long[] Numbers = [-1, 0, 1, 2, 2, 3, 3, 5];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 12), Environment.TickCount];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Random_views_equal_their_plans_after_every_transaction(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var (steps, faults) = (0, 0);
        for (var circuits = 0; circuits < 4; circuits++)
        {
            var world = new CircuitWorld(RandomPlans.Tables);
            var views = Views(random);
            WriteRandom(world, random, random.Next(2) * 3);
            var circuit = world.NewCircuit(views);
            var expected = Expect(world, views);
            var fault = circuit.Load();
            Assert.Equal(expected is null, fault is not null);
            if (expected is null)
            {
                continue;
            }

            CheckRows(circuit, expected);
            for (var i = 0; i < 40; i++)
            {
                var before = CircuitWorld.Contents(circuit);
                var back = WriteRandom(world, random, random.Next(1, 6));
                var next = Expect(world, views);
                fault = circuit.Step(world.Store.LastChanges);
                Assert.Equal(next is null, fault is not null);
                if (next is null)
                {
                    faults++;
                    Refused(world, circuit, before, back);
                    continue;
                }

                steps++;
                CheckRows(circuit, next);
                CheckDeltas(circuit, expected, next);
                expected = next;
                if (i % 8 == 0)
                {
                    CheckLoaded(world, views, circuit);
                }

                if (random.Next(8) == 0)
                {
                    circuit.Undo(world.Store.LastChanges);
                    Assert.Equal(before, CircuitWorld.Contents(circuit));
                    Assert.Null(circuit.Step(world.Store.LastChanges));
                }
            }

            CheckLoaded(world, views, circuit);
        }

        output.WriteLine($"{steps} steps, {faults} faults");
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Limits_are_reached_by_rows_alone_and_a_refused_step_leaves_nothing(int seed)
    {
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var codes = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var circuits = 0; circuits < 4; circuits++)
        {
            var world = new CircuitWorld(RandomPlans.Tables);
            var views = Views(random);
            var limit = random.Next(500, 12_000);
            var batchBytes = random.Next(2) == 0 ? int.MaxValue : random.Next(300, 1_500);
            var circuit = world.NewCircuit(views, limit, batchBytes);
            if (circuit.Load() is not null)
            {
                continue;
            }

            for (var i = 0; i < 40; i++)
            {
                var before = CircuitWorld.Contents(circuit);
                var back = WriteRandom(world, random, random.Next(1, 6));
                var fault = circuit.Step(world.Store.LastChanges);
                var loaded = world.NewCircuit(views);
                var whole = loaded.Load();
                codes[fault?.Code ?? "none"] = codes.GetValueOrDefault(fault?.Code ?? "none") + 1;
                if (fault?.Code != CircuitLimits.StepTooLarge)
                {
                    Assert.Equal(whole?.Code ?? (loaded.Bytes > limit ? CircuitLimits.TooLarge : null), fault?.Code);
                }

                if (fault is not null)
                {
                    Assert.NotEmpty(fault.Views);
                    Refused(world, circuit, before, back);
                }
                else
                {
                    Assert.Equal(CircuitWorld.Contents(loaded), CircuitWorld.Contents(circuit));
                }
            }
        }

        output.WriteLine(string.Join(", ", codes));
    }

    private static List<(string, Plan)> Views(Random random)
    {
        var plans = new RandomPlans(random);
        return [.. Enumerable.Range(0, Plans).Select(i => ($"v{i}", plans.Next(random.Next(1, 5))))];
    }

    /// <summary>The rows of each view; null where one of them has no value.</summary>
    private static List<List<string>>? Expect(CircuitWorld world, List<(string, Plan Plan)> views)
    {
        try
        {
            return [.. views.Select(view => world.Naive.Rows(view.Plan).Select(ModelRow.Text).ToList())];
        }
        catch (ViewFault)
        {
            return null;
        }
    }

    private static void CheckRows(Circuit circuit, List<List<string>> expected)
    {
        for (var i = 0; i < expected.Count; i++)
        {
            var want = CircuitWorld.Sum(expected[i].Select(static row => (row, 1L)));
            var have = CircuitWorld.RowsOf(circuit.Views[i].Output);
            Assert.True(want.SequenceEqual(have), $"{circuit.Views[i].Output.Plan.Explain()}\nwant\n{string.Join('\n', want)}\nhave\n{string.Join('\n', have)}");
        }
    }

    private static void CheckDeltas(Circuit circuit, List<List<string>> before, List<List<string>> after)
    {
        for (var i = 0; i < before.Count; i++)
        {
            var want = CircuitWorld.Sum([.. after[i].Select(static row => (row, 1L)), .. before[i].Select(static row => (row, -1L))]);
            var have = CircuitWorld.DeltaOf(circuit.Views[i].Output);
            Assert.True(want.SequenceEqual(have), $"delta of {circuit.Views[i].Output.Plan.Explain()}\nwant\n{string.Join('\n', want)}\nhave\n{string.Join('\n', have)}");
        }
    }

    private static void CheckLoaded(CircuitWorld world, List<(string, Plan)> views, Circuit circuit)
    {
        var loaded = world.NewCircuit(views);
        Assert.Null(loaded.Load());
        Assert.Equal(CircuitWorld.Contents(loaded), CircuitWorld.Contents(circuit));
    }

    /// <summary>Nothing is left of the step; the transaction is taken back by hand.</summary>
    private static void Refused(CircuitWorld world, Circuit circuit, string before, List<(TableSchema, object?[], object?[]?)> back)
    {
        Assert.Equal(before, CircuitWorld.Contents(circuit));
        Assert.All(circuit.Views, static view => Assert.Equal(0, view.Output.Delta.Count));
        world.Write(back);
    }

    private static List<(TableSchema Table, object?[] Key, object?[]? Row)> WriteRandom(CircuitWorld world, Random random, int count) =>
        world.Write([.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0 ? Fact(random) : Place(random))]);

    private static (TableSchema, object?[], object?[]?) Fact(Random random)
    {
        var table = RandomPlans.Tables[0];
        var id = (object)(long)random.Next(8);
        return (table, [id], random.Next(3) == 0 ? null :
        [
            id, Or(random, Number(random)), Or(random, random.Next(60) == 0 ? long.MaxValue : Number(random)), Or(random, Texts[random.Next(Texts.Length)]),
            Or(random, new Units(random.Next(40) == 0 ? DecimalText.Power(28) - 1 : random.Next(-300, 300), 2)),
            Or(random, RandomRows.Value(random, table.Columns[5])), Or(random, RandomRows.Value(random, table.Columns[6])), Or(random, random.Next(2) == 0),
        ]);
    }

    private static (TableSchema, object?[], object?[]?) Place(Random random)
    {
        var table = RandomPlans.Tables[2];
        var name = (object)Texts[random.Next(Texts.Length)];
        return (table, [name], random.Next(3) == 0 ? null :
        [
            name, Or(random, Number(random)), Or(random, RandomRows.Value(random, table.Columns[2])), Or(random, RandomRows.Value(random, table.Columns[3])),
            Or(random, new Units(random.Next(-900, 900), 3)),
        ]);
    }

    // Zeros are rare: they are what divisions fault on.
    private static long Number(Random random) => random.Next(5) == 0 ? Numbers[random.Next(Numbers.Length)] : random.Next(1, 4);

    private static object? Or(Random random, object value) => random.Next(4) == 0 ? null : value;
}
