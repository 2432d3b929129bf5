namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Judges appends to and reads of lists. Every read shows the whole past of its list, so the order of versions is known
/// from the longest read, who read which from each read's end, and strict serializability is the absence of cycles: no
/// search over orders, and time almost linear in the history (the idea of Elle, Kingsbury and Alvaro, VLDB 2020).
/// Steps on other kinds of object are left out.
/// <para>
/// Sound: a finding is proof. Complete for list steps: appends no read shows are placed behind the longest read, in an
/// order that matters to nobody. An operation of unknown outcome counts as having happened once a read shows one of its
/// appends; if none does it may as well not have.
/// </para>
/// </summary>
public static class ListAppendChecker
{
    /// <exception cref="ArgumentException">Two appends of one value to one list: nothing can be inferred from such a history.</exception>
    public static Verdict Check(History history)
    {
        var verdict = new Verdict();
        var appends = new ListAppends(history);
        var lists = new Dictionary<string, List<ListObservation>>();
        foreach (var key in history.Operations.SelectMany(o => o.Steps).Where(s => s.Data == DataKind.List).Select(s => s.Key))
        {
            lists.TryAdd(key, []);
        }

        foreach (var operation in history.Operations.Where(o => o.Outcome == Outcome.Ok))
        {
            foreach (var observation in ListObservation.Of(operation, verdict))
            {
                lists[observation.Key].Add(observation);
            }
        }

        var orders = lists.Select(l => new ListOrder(l.Key, l.Value, appends, verdict)).ToArray();
        var shown = orders.SelectMany(o => o.Shown).ToHashSet();
        var happened = history.Operations.Where(o => o.Outcome == Outcome.Ok || (o.Outcome == Outcome.Info && shown.Contains(o))).ToArray();
        var unseen = ListAppends.Unseen(happened, orders);
        var objects = orders.Select(o => o.ToObject(unseen.GetValueOrDefault(o.Key) ?? [])).ToArray();
        foreach (var list in objects)
        {
            VersionFindings.Add(list, verdict);
        }

        new DependencyReport(history, objects).AddCyclesTo(verdict, happened);
        return verdict;
    }
}
