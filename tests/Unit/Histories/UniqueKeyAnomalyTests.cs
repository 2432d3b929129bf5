using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>Goal: a unique key that let two rows live, or refused one without cause, is found and named.</summary>
public sealed class UniqueKeyAnomalyTests(ITestOutputHelper output)
{
    private static UniqueInsert Made(long value) => new("k", value, Inserted: true);

    private static UniqueInsert Conflict(long value) => new("k", value, Inserted: false);

    private static readonly UniqueDelete Deleted = new("k", Deleted: true);

    [Fact]
    public void Two_inserts_that_both_made_the_row_are_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(1, 0, 9, Made(2)), Anomaly.UniqueKeyTwice);

    [Fact]
    public void Three_inserts_around_one_delete_are_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(1, 0, 9, Deleted).Ok(2, 0, 9, Made(2)).Ok(3, 0, 9, Made(3)), Anomaly.UniqueKeyTwice);

    [Fact]
    public void A_conflict_with_nobody_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Conflict(1)), Anomaly.UnjustifiedConflict);

    [Fact]
    public void A_conflict_with_a_row_made_later_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Conflict(1)).Ok(1, 10, 19, Made(2)), Anomaly.UnjustifiedConflict);

    [Fact]
    public void A_conflict_with_a_refused_insert_is_found() =>
        Refuted(new HistoryBuilder().Fail(0, 0, Made(1)).Ok(1, 10, 19, Conflict(2)), Anomaly.UnjustifiedConflict);

    [Fact]
    public void A_conflict_with_a_row_surely_deleted_is_found_by_the_search() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(0, 10, 19, Deleted).Ok(0, 20, 29, Conflict(2)), Anomaly.NotLinearizable);

    [Fact]
    public void A_lost_row_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(0, 10, 19, new UniqueRead("k", null)), Anomaly.LostWrite);

    [Fact]
    public void A_stale_read_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(1, 5, 9, new UniqueRead("k", 1)).Ok(0, 10, 19, new UniqueRead("k", null)), Anomaly.StaleRead);

    [Fact]
    public void A_refused_row_that_is_read_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Fail(1, 0, Made(2)).Ok(0, 10, 19, new UniqueRead("k", 2)), Anomaly.G1a);

    [Fact]
    public void The_row_of_a_conflict_that_is_read_is_found() =>
        Refuted(new HistoryBuilder().Ok(0, 0, 9, Made(1)).Ok(1, 0, 9, Conflict(2)).Ok(0, 10, 19, new UniqueRead("k", 2)), Anomaly.GarbageRead);

    [Fact]
    public void A_conflict_beside_an_insert_of_unknown_outcome_is_justified()
    {
        var verdict = HistoryChecker.Check(new HistoryBuilder().Info(0, 0, Made(1)).Ok(1, 10, 19, Conflict(2)).Ok(1, 20, 29, new UniqueRead("k", 1)).Build());

        Assert.True(verdict.IsValid, verdict.ToString());
    }

    private void Refuted(HistoryBuilder builder, Anomaly anomaly)
    {
        var history = builder.Build();
        var verdict = HistoryChecker.Check(history);
        output.WriteLine(verdict.ToString());
        Assert.True(verdict.Has(anomaly));
        Assert.False(BruteForce.IsStrictlySerializable(history));
    }
}
