using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// Goal: each anomaly of lists is found and named. Method: the smallest history with it, by hand; most are known from the
/// literature and stand in Elle's own tests too. Where real time is not the point, all transactions overlap.
/// </summary>
public sealed class ListAnomalyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("write cycle", "G0", "ax1ay1", "ax2ay2", "rx12ry21")]
    [InlineData("aborted read", "G1a", "!ax1", "rx1")]
    [InlineData("aborted read behind another's append", "G1a", "!ax1", "ax2", "rx12")]
    [InlineData("intermediate read", "G1b,G-single", "ax1ax2", "rx1", "rx12")]
    [InlineData("intermediate read, the rest never seen", "G1b,G-single", "ax1ax2", "rx1")]
    [InlineData("circular information flow", "G1c", "ax1ry1", "ax2ay1", "rx12ry1")]
    [InlineData("circular reads", "G1c", "ax1ry1", "ay1rx1")]
    [InlineData("read skew", "G-single", "ax1ay1", "ax2ry", "rx12")]
    [InlineData("read skew over two lists", "G-single", "ax1ay1", "rx1ry")]
    [InlineData("write skew", "G2", "ax1ry", "ay1rx")]
    [InlineData("long fork", "G-nonadjacent", "ax1", "rx1ry", "ay1", "ry1rx")]
    [InlineData("lost update", "LostUpdate,G2", "ax0", "rx0ax1", "rx0ax2")]
    [InlineData("lost update with a later read", "LostUpdate,G-single", "ax0", "rx0ax1", "rx0ax2", "rx012")]
    [InlineData("duplicate append", "DuplicateWrite", "ax1", "ax2", "rx121")]
    [InlineData("incompatible orders", "IncompatibleOrder", "ax1", "ax2", "rx12", "rx21")]
    [InlineData("incompatible orders with a cycle", "IncompatibleOrder,G1c", "ax1ry1", "ax2", "ax3ay1", "rx13", "rx123")]
    [InlineData("own appends the other way round", "IncompatibleOrder,G1b", "ax1ax2", "rx21")]
    [InlineData("half a transaction", "IncompatibleOrder,G-single", "ax1ax2", "rx2")]
    [InlineData("a read that forgets its own append", "Internal", "ax3rx")]
    [InlineData("a read that goes on past its own append", "Internal", "ax3rx1234", "ax1ax2ax4")]
    [InlineData("two reads that differ", "Internal", "rxrx1", "ax1")]
    [InlineData("a read of what it appends later", "Internal", "ax0", "ax2", "rx012ax1")]
    [InlineData("a read of what nobody wrote", "GarbageRead", "ax1", "rx12")]
    [InlineData("unseen append in another order", "G-single", "rx1ay1", "ax1", "ax2ry1", "rx12ry")]
    [InlineData("unseen append behind one only its writer saw", "G1c", "ax1rx1ry1", "ax2ay1")]
    [InlineData("an unknown append in a cycle", "G-single", "?ax2ry", "ax1ay1", "rx12ry1", "rx1ry")]
    public void An_anomaly_is_found_and_named(string what, string names, params string[] transactions)
    {
        var history = ListHistory.Overlapping(transactions);

        var verdict = HistoryChecker.Check(history);

        output.WriteLine($"{what}\n{verdict}");
        Assert.Equal(names.Split(',').Order(), verdict.Findings.Select(f => f.Name).Distinct().Order());
        Assert.False(BruteForce.IsStrictlySerializable(history));
    }

    [Theory]
    [InlineData("stale read", "StaleRead,G-single-realtime", "ax1", "ax2", "rx1", "rx12")]
    [InlineData("lost acknowledged append", "LostWrite,G-single-realtime", "ax1", "ax2", "rx1")]
    [InlineData("appends the other way round in time", "G0-realtime", "ax1", "ax2", "rx21")]
    [InlineData("a read of the future", "G1c-realtime", "rx1", "ax1")]
    [InlineData("a refused append that came back", "G1a", "ax1", "!ax2", "rx1", "rx12")]
    public void Real_time_is_asked_for_where_nothing_else_is_wrong(string what, string names, params string[] transactions)
    {
        var verdict = HistoryChecker.Check(ListHistory.Successive(transactions));

        output.WriteLine($"{what}\n{verdict}");
        Assert.Equal(names.Split(',').Order(), verdict.Findings.Select(f => f.Name).Distinct().Order());
        if (names != "G1a")
        {
            Assert.True(HistoryChecker.Check(ListHistory.Overlapping(transactions)).IsValid);
        }
    }

    [Theory]
    [InlineData("ax1", "ax2", "rx12", "rx1", "rx")]
    [InlineData("rxax1ax2", "rx12")]
    [InlineData("az1ax1ay1", "rx1ay2", "ry12az3", "rz13")]
    [InlineData("ry56ax3rx123ax4rx1234", "ay5ay6", "ax1ax2")]
    [InlineData("?ax2ry", "ax1ay1", "rx12ry1")]
    [InlineData("?ax1", "rx")]
    [InlineData("!ax1", "rx")]
    [InlineData("rx", "ax1", "ax2", "ax3")]
    [InlineData("ax1rx1ax2")]
    [InlineData("ax1rx1ax2", "rx12ax3")]
    public void Histories_without_anomaly_pass(params string[] transactions)
    {
        var verdict = HistoryChecker.Check(ListHistory.Overlapping(transactions));

        Assert.True(verdict.IsValid, verdict.ToString());
    }

    [Fact]
    public void A_cycle_is_told_edge_by_edge()
    {
        var verdict = HistoryChecker.Check(ListHistory.Successive("ax1", "ax2", "rx1", "rx12"));

        var cycle = Assert.Single(verdict.Findings, f => f.Anomaly == Anomaly.GSingleRealtime);
        Assert.Equal([1, 2], cycle.Operations.Select(o => o.Index).Order());
        Assert.Contains("T2 before T1: T2 read x as of 1, without 2, which T1 wrote", cycle.Explanation);
        Assert.Contains("T1 before T2: T1 was answered at 15, T2 invoked at 20", cycle.Explanation);
    }

    [Fact]
    public void A_final_state_without_an_acknowledged_append_tells_of_its_loss()
    {
        var history = ListHistory.Overlapping("ax1", "ax2").WithFinalState(new FinalState { Lists = new Dictionary<string, long[]> { ["x"] = [2] } });

        Assert.True(HistoryChecker.Check(history).Has(Anomaly.LostWrite));
    }

    [Fact]
    public void One_value_appended_twice_is_refused_as_a_test()
    {
        Assert.Throws<ArgumentException>(() => HistoryChecker.Check(ListHistory.Overlapping("ax1", "ax1")));
    }
}
