using Voxeltron.Tests.Support.Histories;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>
/// List histories in a short notation: <c>ax1</c> appends 1 to x, <c>rx12</c> reads x as [1 2], <c>rx</c> as empty; steps of
/// one transaction follow one another. Values are single digits.
/// </summary>
internal static class ListHistory
{
    public static MicroOp[] Steps(string text)
    {
        var steps = new List<MicroOp>();
        for (var i = 0; i < text.Length;)
        {
            var (verb, key) = (text[i], text[i + 1].ToString());
            var values = text[(i + 2)..].TakeWhile(char.IsAsciiDigit).Select(c => (long)(c - '0')).ToArray();
            steps.Add(verb == 'a' ? new ListAppend(key, values.Single()) : new ListRead(key, values));
            i += 2 + values.Length;
        }

        return [.. steps];
    }

    /// <summary>Acknowledged transactions that all overlap, so that real time says nothing; one that begins with ! was refused, with ? is unknown.</summary>
    public static History Overlapping(params string[] transactions)
    {
        var builder = new HistoryBuilder();
        for (var i = 0; i < transactions.Length; i++)
        {
            Add(builder, i, invoked: 0, completed: 100, transactions[i]);
        }

        return builder.Build();
    }

    /// <summary>The same, each after the one before.</summary>
    public static History Successive(params string[] transactions)
    {
        var builder = new HistoryBuilder();
        for (var i = 0; i < transactions.Length; i++)
        {
            Add(builder, i, invoked: 10 * i, completed: (10 * i) + 5, transactions[i]);
        }

        return builder.Build();
    }

    private static void Add(HistoryBuilder builder, int process, long invoked, long completed, string text)
    {
        var outcome = text[0] switch { '!' => Outcome.Fail, '?' => Outcome.Info, _ => Outcome.Ok };
        builder.Add(process, invoked, completed, outcome, Steps(text.TrimStart('!', '?')));
    }
}
