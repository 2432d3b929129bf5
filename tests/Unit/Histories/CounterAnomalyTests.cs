using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>Goal: counters that lost, doubled or revived an increment are found by their bounds; what bounds cannot see, by the search.</summary>
public sealed class CounterAnomalyTests(ITestOutputHelper output)
{
    private static readonly CounterAdd AddOne = new("n", 1);

    [Fact]
    public void A_lost_increment_is_found()
    {
        var history = new HistoryBuilder().Ok(0, 0, 5, AddOne).Ok(1, 0, 5, AddOne).Ok(0, 10, 15, new CounterRead("n", 1)).Build();

        Refuted(history, Anomaly.CounterTooLow);
    }

    [Fact]
    public void An_increment_missing_from_the_final_state_is_found()
    {
        var history = new HistoryBuilder().Ok(0, 0, 5, AddOne).Ok(1, 0, 5, AddOne).Build()
            .WithFinalState(new FinalState { Counters = new Dictionary<string, long> { ["n"] = 1 } });

        Refuted(history, Anomaly.CounterTooLow);
    }

    [Fact]
    public void An_increment_counted_twice_is_found()
    {
        var history = new HistoryBuilder().Ok(0, 0, 5, AddOne).Info(1, 3, AddOne).Ok(0, 10, 15, new CounterRead("n", 3)).Build();

        Refuted(history, Anomaly.CounterTooHigh);
    }

    [Fact]
    public void A_refused_increment_that_counts_is_found()
    {
        var history = new HistoryBuilder().Ok(0, 0, 5, AddOne).Fail(1, 3, AddOne).Ok(0, 10, 15, new CounterRead("n", 2)).Build();

        Refuted(history, Anomaly.CounterTooHigh);
    }

    [Fact]
    public void A_counter_that_goes_back_within_its_bounds_is_found_by_the_search()
    {
        var history = new HistoryBuilder()
            .Ok(0, 0, 50, AddOne)
            .Ok(1, 10, 15, new CounterRead("n", 1))
            .Ok(1, 20, 25, new CounterRead("n", 0))
            .Build();

        Assert.True(CounterChecker.Check(history).IsValid);
        Refuted(history, Anomaly.NotLinearizable);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(8, true)]
    [InlineData(2, false)]
    [InlineData(9, false)]
    public void Own_adds_count_as_far_as_they_had_come_and_subtractions_may_have_happened(long read, bool within)
    {
        // 5 surely, 2 more or 3 less perhaps, and 1 of its own 11 by the time it reads.
        var history = new HistoryBuilder()
            .Ok(0, 0, 5, new CounterAdd("n", 5))
            .Info(1, 0, new CounterAdd("n", 2))
            .Info(2, 0, new CounterAdd("n", -3))
            .Ok(0, 10, 15, AddOne, new CounterRead("n", read), new CounterAdd("n", 10))
            .Build();

        Assert.Equal(within, CounterChecker.Check(history).IsValid);
        Assert.Equal(BruteForce.IsStrictlySerializable(history), HistoryChecker.Check(history).IsValid);
    }

    private void Refuted(History history, Anomaly anomaly)
    {
        var verdict = HistoryChecker.Check(history);
        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Has(anomaly));
        Assert.False(BruteForce.IsStrictlySerializable(history));
    }
}
