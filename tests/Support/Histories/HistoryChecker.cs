namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Judges whether a history is strictly serializable: whether one order of its transactions, which respects real time,
/// explains every answer. Lists by inference, at any size; everything else by direct checks that name what they find, and
/// by a search where the history is small enough. See the README beside this.
/// </summary>
public static class HistoryChecker
{
    public static Verdict Check(History history) => Check(history, new CheckOptions());

    /// <exception cref="ArgumentException">Two appends of one value to one list.</exception>
    public static Verdict Check(History history, CheckOptions options)
    {
        var verdict = new Verdict();
        verdict.AddAll(ListAppendChecker.Check(history));
        verdict.AddAll(RegisterChecker.Check(history));
        verdict.AddAll(CounterChecker.Check(history));
        verdict.AddAll(UniqueKeyChecker.Check(history));

        // Lists alone were judged completely above.
        foreach (var component in Component.Of(history).Where(c => !c.HasOnlyLists))
        {
            LinearizabilityChecker.Check(component, options, verdict);
        }

        return verdict;
    }
}
