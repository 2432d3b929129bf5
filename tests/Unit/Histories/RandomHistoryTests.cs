using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// Goal: the checkers accept what is valid and refuse what is not. Method: histories that are valid by construction pass;
/// small ones, changed at random, are judged as the oracle judges them that tries every order. Each run prints its seed.
/// </summary>
public sealed class RandomHistoryTests(ITestOutputHelper output)
{
    private static readonly DataKind[] All = [DataKind.List, DataKind.Register, DataKind.Counter, DataKind.UniqueKey];

    [Fact]
    public void Valid_histories_of_lists_pass_every_check() =>
        Pass(400, new RandomShape(300, 8, 3, 4, DataKind.List));

    /// <summary>Eight objects tied together and several unknown outcomes: about one history in a thousand is past the search.</summary>
    [Fact]
    public void Valid_histories_of_all_kinds_pass_every_check() =>
        Pass(200, new RandomShape(40, 5, 2, 3, All), mayBeUndecided: 8);

    [Theory]
    [InlineData(DataKind.Register)]
    [InlineData(DataKind.Counter)]
    [InlineData(DataKind.UniqueKey)]
    public void Valid_histories_of_single_objects_pass_every_check(DataKind kind) =>
        Pass(100, new RandomShape(90, 5, 3, 1, kind));

    [Theory]
    [InlineData(DataKind.List, 1)]
    [InlineData(DataKind.List, 3)]
    [InlineData(DataKind.Register, 1)]
    [InlineData(DataKind.Register, 2)]
    [InlineData(DataKind.Counter, 2)]
    [InlineData(DataKind.UniqueKey, 1)]
    [InlineData(DataKind.UniqueKey, 2)]
    [InlineData(null, 3)]
    public void Small_histories_are_judged_as_by_trying_every_order(DataKind? kind, int maxSteps)
    {
        const int Histories = 2_000;
        var seed = Seed();
        var invalid = 0;
        for (var i = 0; i < Histories; i++)
        {
            var random = new Random(seed + i);
            var shape = new RandomShape(2 + random.Next(5), 3, 1 + random.Next(3), maxSteps, kind is { } one ? [one] : All);
            var valid = new RandomHistory(random, shape);
            var history = random.Next(2) == 0 ? valid.History : valid.History.WithFinalState(valid.Final);
            history = random.Next(10) == 0 ? history : Mutation.Of(history, random);

            var expected = BruteForce.IsStrictlySerializable(history);
            var verdict = HistoryChecker.Check(history);

            invalid += expected ? 0 : 1;
            Assert.True(expected == verdict.IsValid, $"seed {seed + i}: valid is {expected}, not so\n{verdict}\nof\n{string.Join('\n', history.Operations)}");
            Assert.Equal(expected, !verdict.IsInvalid);
        }

        output.WriteLine($"{invalid} of {Histories} invalid");
        Assert.InRange(invalid, Histories / 10, Histories * 9 / 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Registers_in_their_known_order_are_judged_as_by_trying_every_order(int maxSteps)
    {
        const int Histories = 2_000;
        var seed = Seed();
        var invalid = 0;
        for (var i = 0; i < Histories; i++)
        {
            var random = new Random(seed + i);
            var valid = new RandomHistory(random, new RandomShape(2 + random.Next(5), 3, 2, maxSteps, DataKind.Register));
            var history = Mutation.Of(valid.History, random);

            // Which order the writes had is part of the claim: it is what a list beside each register would say.
            var orders = WriteOrders(valid);
            var expected = BruteForce.IsStrictlySerializable(WithLists(history, orders));
            var verdict = RegisterOrderChecker.Check(history, orders);

            invalid += expected ? 0 : 1;
            Assert.True(expected == verdict.IsValid, $"seed {seed + i}: valid is {expected}, not so\n{verdict}\nof\n{string.Join('\n', history.Operations)}\nin\n{string.Join('\n', orders.Select(o => $"{o.Key}: {string.Join(' ', o.Value)}"))}");
        }

        output.WriteLine($"{invalid} of {Histories} invalid");
        Assert.InRange(invalid, Histories / 10, Histories * 9 / 10);
    }

    [Fact]
    public void An_order_the_validator_accepts_is_a_history_the_checker_accepts()
    {
        const int Histories = 3_000;
        var seed = Seed();
        var (accepted, refused) = (0, 0);
        for (var i = 0; i < Histories; i++)
        {
            var random = new Random(seed + i);
            var valid = new RandomHistory(random, new RandomShape(3 + random.Next(6), 3, 2, 2, All));
            var history = random.Next(2) == 0 ? valid.History : Mutation.Of(valid.History, random);
            var order = valid.Claimed.ToArray();
            if (random.Next(2) == 0 && order.Length > 1)
            {
                var (a, b) = (random.Next(order.Length), random.Next(order.Length));
                (order[a], order[b]) = (order[a] with { Operation = order[b].Operation }, order[b] with { Operation = order[a].Operation });
            }

            if (TotalOrderValidator.Check(history, order).IsValid)
            {
                accepted++;
                var verdict = HistoryChecker.Check(history);
                Assert.True(verdict.IsValid, $"seed {seed + i}\n{verdict}");
            }
            else
            {
                refused++;
            }
        }

        output.WriteLine($"{accepted} accepted, {refused} refused");
        Assert.InRange(accepted, Histories / 10, Histories * 9 / 10);
    }

    /// <summary>Found by a random history: the read of everything had been moved in time, and was still judged object by object.</summary>
    [Fact]
    public void A_read_of_everything_that_overlaps_others_is_no_final_read()
    {
        var history = new HistoryBuilder()
            .Ok(1, 1, 3, new RegisterWrite("z", 1))
            .Ok(2, 2, 8, new RegisterRead("z", 1))
            .Ok(0, 4, 6, new RegisterWrite("y", 2))
            .Ok(History.FinalProcess, 3, 10, new RegisterRead("z", null), new RegisterRead("y", 2))
            .Build();

        Assert.False(BruteForce.IsStrictlySerializable(history));
        Assert.True(HistoryChecker.Check(history).Has(Anomaly.NotLinearizable));
    }

    private void Pass(int histories, RandomShape shape, int mayBeUndecided = 0)
    {
        var seed = Seed();
        var undecided = 0;
        for (var i = 0; i < histories; i++)
        {
            var valid = new RandomHistory(new Random(seed + i), shape);
            foreach (var history in new[] { valid.History, valid.History.WithFinalState(valid.Final) })
            {
                var verdict = HistoryChecker.Check(history);
                var ordered = TotalOrderValidator.Check(history, valid.Claimed);
                Assert.False(verdict.IsInvalid, $"seed {seed + i}\n{verdict}");
                Assert.True(ordered.IsValid, $"seed {seed + i}\n{ordered}");
                undecided += verdict.IsValid ? 0 : 1;
                Assert.True(undecided <= mayBeUndecided, $"seed {seed + i}\n{verdict}");
            }
        }

        output.WriteLine($"{undecided} undecided");
    }

    private int Seed()
    {
        var seed = Environment.TickCount & 0x3FFF_FFFF;
        output.WriteLine($"seed {seed}");
        return seed;
    }

    /// <summary>Each register's values as its committed transactions left them; an unknown one that happened is in it.</summary>
    private static Dictionary<string, IReadOnlyList<long>> WriteOrders(RandomHistory valid)
    {
        var orders = valid.History.Operations.SelectMany(o => o.Steps).Select(s => s.Key).Distinct().ToDictionary(k => k, _ => new List<long>());
        foreach (var operation in valid.Claimed.Select(p => valid.History.Operations[p.Operation]))
        {
            foreach (var last in operation.Steps.OfType<RegisterWrite>().GroupBy(w => w.Key).Select(g => g.Last()))
            {
                orders[last.Key].Add(last.Value);
            }
        }

        return orders.ToDictionary(o => o.Key, o => (IReadOnlyList<long>)o.Value);
    }

    /// <summary>Each last write appends to a list too, and a read at the end shows the lists as the orders claim them.</summary>
    private static History WithLists(History history, Dictionary<string, IReadOnlyList<long>> orders)
    {
        var operations = history.Operations.Select(o => o with
        {
            Steps = [.. o.Steps, .. o.Steps.OfType<RegisterWrite>().GroupBy(w => w.Key).Select(g => new ListAppend(g.Key, g.Last().Value))],
        });
        var end = history.Operations.Max(o => o.End == Operation.Never ? o.Invoked : o.End);
        var read = new Operation(history.Operations.Count, 99, 0, end + 1, Outcome.Ok, [.. orders.Select(o => new ListRead(o.Key, [.. o.Value]))]);
        return new History([.. operations, read with { Invoked = end + 1 }]);
    }
}
