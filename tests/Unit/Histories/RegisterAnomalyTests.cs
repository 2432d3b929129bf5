using Voxeltron.Tests.Support.Histories;
using Xunit;
using Xunit.Abstractions;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// Goal: each anomaly of registers is found and named, by the direct checks, the search and, where the order of writes is
/// known, the graph. Method: small histories by hand. In <c>wx1 rx2</c> x is a register; <c>rx</c> read nothing.
/// </summary>
public sealed class RegisterAnomalyTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("stale read", "StaleRead,NotLinearizable", "x12", "wx1", "wx2", "rx2", "rx1")]
    [InlineData("lost acknowledged write", "LostWrite,NotLinearizable", "x12", "wx1", "wx2", "rx1")]
    [InlineData("read of nothing after a write", "LostWrite,NotLinearizable", "x1", "wx1", "rx")]
    [InlineData("aborted read", "G1a,NotLinearizable", "x1", "wx1", "!wx2", "rx2")]
    [InlineData("intermediate read", "G1b,NotLinearizable", "x2", "wx1wx2", "rx1")]
    [InlineData("read of the future", "GarbageRead,NotLinearizable", "x1", "rx1", "wx1")]
    [InlineData("garbage", "GarbageRead,NotLinearizable", "x1", "wx1", "rx7")]
    [InlineData("a transaction that forgets its own write", "Internal,NotLinearizable", "x12", "wx1", "wx2rx1")]
    [InlineData("read skew", "LostWrite,NotLinearizable", "x13y24", "wx1wy2", "wx3wy4", "rx3ry2")]
    public void An_anomaly_in_succession_is_found_and_named(string what, string names, string orders, params string[] transactions)
    {
        var history = Successive(transactions);

        var verdict = HistoryChecker.Check(history);
        var ordered = RegisterOrderChecker.Check(history, Orders(orders));

        output.WriteLine($"{what}\n{verdict}\nwith the order known:\n{ordered}");
        Assert.Equal(names.Split(',').Order(), verdict.Findings.Select(f => f.Name).Distinct().Order());
        Assert.True(ordered.IsInvalid);
        Assert.False(BruteForce.IsStrictlySerializable(history));
    }

    [Theory]
    [InlineData("lost update", "LostUpdate,NotLinearizable", "LostUpdate,G-single", "x012", "wx0", "rx0wx1", "rx0wx2")]
    [InlineData("write skew", "NotLinearizable", "G2", "x1y2", "rxwy2", "rywx1")]
    [InlineData("long fork", "NotLinearizable", "G-nonadjacent", "x1y2", "wx1", "wy2", "rx1ry", "rxry2")]
    [InlineData("read skew", "NotLinearizable", "G-single", "x13y24", "wx1wy2", "wx3wy4", "rx3ry2")]
    public void An_anomaly_among_overlapping_transactions_is_found(string what, string searched, string ordered, string orders, params string[] transactions)
    {
        var history = Overlapping(transactions);

        var verdict = HistoryChecker.Check(history);
        var known = RegisterOrderChecker.Check(history, Orders(orders));

        output.WriteLine($"{what}\n{verdict}\nwith the order known:\n{known}");
        Assert.Equal(searched.Split(',').Order(), verdict.Findings.Select(f => f.Name).Distinct().Order());
        Assert.Equal(ordered.Split(',').Order(), known.Findings.Select(f => f.Name).Distinct().Order());
        Assert.False(BruteForce.IsStrictlySerializable(history));
    }

    [Theory]
    [InlineData("write cycle", "G0", "x13y42", "wx1wy2", "wx3wy4")]
    [InlineData("circular information flow", "G1c", "x12y3", "wx1ry3", "wx2wy3")]
    [InlineData("duplicated write", "DuplicateWrite", "x121", "wx1", "wx2")]
    [InlineData("resurrected write", "ResurrectedWrite", "x12", "wx1", "!wx2")]
    [InlineData("lost write", "LostWrite", "x1", "wx1", "wx2")]
    public void A_known_order_shows_what_no_read_does(string what, string name, string orders, params string[] transactions)
    {
        var verdict = RegisterOrderChecker.Check(Overlapping(transactions), Orders(orders));

        output.WriteLine($"{what}\n{verdict}");
        Assert.Equal(name, Assert.Single(verdict.Findings).Name);
    }

    [Fact]
    public void A_refutation_by_search_is_shrunk_to_what_it_needs()
    {
        // A long fork among reads that have nothing to do with it, and a tail after it.
        var history = Overlapping("wx1", "wy2", "rx1ry", "rxry2", "rx", "ry", "rx1ry2", "rx1", "ry2");

        var finding = Assert.Single(HistoryChecker.Check(history).Findings);

        output.WriteLine(finding.ToString());
        Assert.Equal([0, 1, 2, 3], finding.Operations.Select(o => o.Index));
        Assert.Contains("cannot follow", finding.Explanation);
    }

    [Fact]
    public void What_is_too_large_to_search_is_undecided_not_valid()
    {
        var verdict = HistoryChecker.Check(Overlapping("wx1", "wx2", "rx1"), new CheckOptions { MaxSearchedOperations = 2 });

        Assert.False(verdict.IsValid);
        Assert.False(verdict.IsInvalid);
        Assert.Contains("register x", Assert.Single(verdict.Undecided));
    }

    private static History Overlapping(params string[] transactions) => Build(transactions, _ => (0, 100));

    private static History Successive(params string[] transactions) => Build(transactions, i => (10 * i, (10 * i) + 5));

    private static History Build(string[] transactions, Func<int, (long Invoked, long Completed)> instants)
    {
        var builder = new HistoryBuilder();
        for (var i = 0; i < transactions.Length; i++)
        {
            var (invoked, completed) = instants(i);
            var steps = new List<MicroOp>();
            var text = transactions[i].TrimStart('!');
            for (var at = 0; at < text.Length;)
            {
                var key = text[at + 1].ToString();
                long? value = at + 2 < text.Length && char.IsAsciiDigit(text[at + 2]) ? text[at + 2] - '0' : null;
                steps.Add(text[at] == 'w' ? new RegisterWrite(key, value!.Value) : new RegisterRead(key, value));
                at += value is null ? 2 : 3;
            }

            builder.Add(i, invoked, completed, transactions[i][0] == '!' ? Outcome.Fail : Outcome.Ok, [.. steps]);
        }

        return builder.Build();
    }

    /// <summary>"x12y3": x had 1, then 2; y had 3.</summary>
    private static Dictionary<string, IReadOnlyList<long>> Orders(string text)
    {
        var orders = new Dictionary<string, IReadOnlyList<long>>();
        for (var i = 0; i < text.Length;)
        {
            var values = text[(i + 1)..].TakeWhile(char.IsAsciiDigit).Select(c => (long)(c - '0')).ToArray();
            orders[text[i].ToString()] = values;
            i += 1 + values.Length;
        }

        return orders;
    }
}
