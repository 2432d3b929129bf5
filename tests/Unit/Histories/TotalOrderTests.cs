using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>Goal: a claimed order that does not explain a history, or not in real time, is found and what is wrong named.</summary>
public sealed class TotalOrderTests(ITestOutputHelper output)
{
    private static readonly History Lists = ListHistory.Successive("ax1", "rx1", "ax2", "?ax3", "!ax4", "rx12");

    [Theory]
    [InlineData("in order", "0 1 2 5", "")]
    [InlineData("unknown one committed behind the reads", "0 1 2 5 3", "")]
    [InlineData("unknown one committed before a read that lacks it", "0 1 2 3 5", "StaleRead")]
    [InlineData("stale read", "0 2 1 5", "StaleRead,RealtimeViolation")]
    [InlineData("read before its write", "1 0 2 5", "WrongAnswer,RealtimeViolation")]
    [InlineData("lost acknowledged append", "0 1 5", "LostWrite,WrongAnswer")]
    [InlineData("acknowledged read that is nowhere", "0 1 2", "LostWrite")]
    [InlineData("duplicated append", "0 1 2 5 2", "DuplicateWrite")]
    [InlineData("resurrected append", "0 1 2 5 4", "ResurrectedWrite")]
    [InlineData("stranger", "0 1 2 5 9", "MalformedOrder")]
    public void A_claimed_order_is_held_to_every_answer(string what, string order, string names)
    {
        var verdict = TotalOrderValidator.Check(Lists, Claim(order));

        Named(what, names, verdict);
    }

    [Fact]
    public void An_order_against_real_time_alone_is_found()
    {
        var verdict = TotalOrderValidator.Check(ListHistory.Successive("ax1", "ay1"), Claim("1 0"));

        Named("two lists", "RealtimeViolation", verdict);
        Assert.Equal([0, 1], verdict.Findings[0].Operations.Select(o => o.Index).Order());
    }

    [Fact]
    public void Two_operations_at_one_seq_are_found()
    {
        var verdict = TotalOrderValidator.Check(ListHistory.Overlapping("ax1", "ay1"), [new CommitPosition(7, 0), new CommitPosition(7, 1)]);

        Named("one seq", "MalformedOrder", verdict);
    }

    [Theory]
    [InlineData("n", 2, 5, 1, true, "")]
    [InlineData("lost increment", 1, 5, 1, true, "CounterTooLow")]
    [InlineData("doubled increment", 3, 5, 1, true, "CounterTooHigh")]
    [InlineData("stale register", 2, null, 1, true, "StaleRead")]
    [InlineData("wrong register", 2, 6, 1, true, "WrongAnswer")]
    [InlineData("unjustified conflict", 2, 5, 1, false, "UnjustifiedConflict")]
    [InlineData("wrong row", 2, 5, 2, true, "WrongAnswer")]
    public void Counters_registers_and_unique_keys_are_replayed(string what, long count, int? register, long row, bool inserted, string names)
    {
        var history = new HistoryBuilder()
            .Ok(0, 0, 9, new CounterAdd("n", 2), new RegisterWrite("r", 5))
            .Ok(1, 0, 9, new UniqueInsert("k", 1, inserted))
            .Ok(0, 10, 19, new CounterRead("n", count), new RegisterRead("r", register), new UniqueRead("k", row))
            .Build();

        Named(what, names, TotalOrderValidator.Check(history, Claim("0 1 2")));
        Assert.Equal(names.Length == 0, HistoryChecker.Check(history).IsValid);
    }

    [Fact]
    public void A_second_row_under_a_key_is_found()
    {
        var history = new HistoryBuilder().Ok(0, 0, 9, new UniqueInsert("k", 1, true)).Ok(1, 0, 9, new UniqueInsert("k", 2, true)).Build();

        Named("twice", "UniqueKeyTwice", TotalOrderValidator.Check(history, Claim("0 1")));
    }

    [Fact]
    public void The_final_state_is_what_the_order_leaves()
    {
        var history = ListHistory.Successive("ax1", "ax2");

        History With(params long[] x) => history.WithFinalState(new FinalState { Lists = new Dictionary<string, long[]> { ["x"] = x } });

        Assert.True(TotalOrderValidator.Check(With(1, 2), Claim("0 1")).IsValid);
        Named("lost", "StaleRead", TotalOrderValidator.Check(With(1), Claim("0 1")));
        Named("doubled", "WrongAnswer", TotalOrderValidator.Check(With(1, 2, 2), Claim("0 1")));
    }

    [Fact]
    public void Reads_without_a_place_are_undecided_if_the_caller_says_they_have_none()
    {
        var verdict = TotalOrderValidator.Check(Lists, Claim("0 2"), new TotalOrderOptions { ReadsHavePlaces = false });

        Assert.False(verdict.IsInvalid, verdict.ToString());
        Assert.Contains("2 transactions", Assert.Single(verdict.Undecided));
    }

    private void Named(string what, string names, Verdict verdict)
    {
        output.WriteLine($"{what}\n{verdict}");
        Assert.Equal(names.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(), verdict.Findings.Select(f => f.Name).Distinct().Order());
    }

    private static IEnumerable<CommitPosition> Claim(string order) =>
        order.Split(' ').Select((index, at) => new CommitPosition(10 + at, int.Parse(index)));
}
