using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>Goal: a hundred thousand transactions on lists are judged, valid or with one thing wrong, within a unit test.</summary>
public sealed class LargeHistoryTests(ITestOutputHelper output)
{
    private const int Operations = 100_000;

    // One for all tests: making it costs as much as judging it.
    // Fixed: now and then a history from the clock has a longer cycle through the planted read, and that is no fault of the checker.
    private const int Seed = 20_261_128;
    private static readonly Lazy<RandomHistory> Valid = new(() =>
        new RandomHistory(new Random(Seed), new RandomShape(Operations, 30, 10, 4, DataKind.List) { MaxListLength = 60 }));

    [Fact]
    public void A_large_valid_history_passes()
    {
        var valid = Large();
        var verdict = HistoryChecker.Check(valid.History.WithFinalState(valid.Final));

        Assert.True(verdict.IsValid, verdict.ToString());
        Assert.True(TotalOrderValidator.Check(valid.History, valid.Claimed).IsValid);
    }

    [Fact]
    public void One_stale_read_among_many_is_found_and_the_cycle_is_two_long()
    {
        var operations = Large().History.Operations.ToArray();
        var at = Array.FindIndex(operations, Operations / 2, o => o is { Outcome: Outcome.Ok, Steps: [ListRead { Value.Length: > 30 }] });
        var read = (ListRead)operations[at].Steps[0];
        operations[at] = operations[at] with { Steps = [read with { Value = read.Value[..10] }] };

        var verdict = HistoryChecker.Check(new History(operations));

        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Has(Anomaly.StaleRead));
        var cycle = Assert.Single(verdict.Findings, f => f.Anomaly == Anomaly.GSingleRealtime);
        Assert.Equal(2, cycle.Operations.Count);
        Assert.Contains(cycle.Operations, o => o.Index == at);
    }

    /// <summary>The worst for size: no read, so nothing known of any order but that all come behind the empty list.</summary>
    [Fact]
    public void Appends_to_one_list_that_nobody_reads_pass()
    {
        var builder = new HistoryBuilder();
        for (var i = 0; i < Operations; i++)
        {
            builder.Ok(i % 50, i, i + 100, i < 50 ? new ListRead("x", []) : new ListAppend("x", i));
        }

        var verdict = HistoryChecker.Check(builder.Build());

        Assert.True(verdict.IsValid, verdict.ToString());
    }

    private RandomHistory Large()
    {
        output.WriteLine($"seed {Seed}");
        return Valid.Value;
    }
}
