namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// The order of one list's versions, from its longest read, and what is wrong with the reads themselves: elements of
/// refused, unfinished or no writes, elements twice, reads that are not the beginning of the longest.
/// </summary>
internal sealed class ListOrder
{
    private readonly List<ListObservation> _fitting = [];
    private readonly List<(long Value, AppendPlace? Place)> _versions = [];
    private readonly ListAppends _appends;
    private readonly Verdict _verdict;

    public ListOrder(string key, List<ListObservation> observations, ListAppends appends, Verdict verdict)
    {
        (Key, _appends, _verdict) = (key, appends, verdict);
        if (observations.MaxBy(o => o.Longest.Length) is not { } longest)
        {
            return;
        }

        var order = Named(longest);
        foreach (var observation in observations)
        {
            if (order.AsSpan().StartsWith(observation.Longest))
            {
                _fitting.Add(observation);
            }
            else if (!longest.Longest.AsSpan().StartsWith(observation.Longest))
            {
                verdict.Add(Anomaly.IncompatibleOrder, $"neither read of {key} is the beginning of the other", observation.Reader, longest.Reader);
                Named(observation);
            }
        }

        _versions.AddRange(order.Select(v => (v, appends.Find(key, v))));
        Values.UnionWith(order);
        CheckOrdinals(longest.Reader);
        CheckIntermediate();
    }

    public string Key { get; }

    public HashSet<long> Values { get; } = [];

    /// <summary>The operations this list proves to have happened.</summary>
    public IEnumerable<Operation> Shown => _versions.Where(v => v.Place is not null).Select(v => v.Place!.Value.Writer);

    public VersionedObject ToObject(List<ObjectVersion> unseen)
    {
        var list = new VersionedObject(DataKind.List, Key);
        list.Versions.AddRange(_versions.Select(v => new ObjectVersion(v.Value, v.Place?.Writer is { Outcome: not Outcome.Fail } writer ? writer : null)));
        list.Reads.AddRange(_fitting.Select(o => new VersionRead(o.Reader, o.Before - 1)));
        list.Unseen.AddRange(unseen);
        return list;
    }

    /// <summary>Names elements that should not be there; returns the elements, each where it is first.</summary>
    private long[] Named(ListObservation observation)
    {
        var seen = new HashSet<long>();
        foreach (var value in observation.Longest)
        {
            var place = _appends.Find(Key, value);
            if (!seen.Add(value))
            {
                _verdict.Add(Anomaly.DuplicateWrite, $"{value} is in {Key} more than once", [.. Writer(place), observation.Reader]);
            }
            else if (place is null)
            {
                _verdict.Add(Anomaly.GarbageRead, $"nobody appended {value} to {Key}", observation.Reader);
            }
            else if (place.Value.Writer.Outcome == Outcome.Fail)
            {
                _verdict.Add(Anomaly.G1a, $"{place.Value.Writer.Name} was refused, yet {value} is in {Key}", place.Value.Writer, observation.Reader);
            }
        }

        return seen.Count == observation.Longest.Length ? observation.Longest : [.. observation.Longest.Distinct()];
    }

    /// <summary>One transaction's appends are in a list in the order it made them, none left out.</summary>
    private void CheckOrdinals(Operation reader)
    {
        var next = new Dictionary<int, int>();
        foreach (var (value, place) in _versions)
        {
            if (place is not { } at)
            {
                continue;
            }

            if (next.GetValueOrDefault(at.Writer.Index) != at.Ordinal)
            {
                _verdict.Add(Anomaly.IncompatibleOrder, $"{value} is append {at.Ordinal + 1} of {at.Writer.Name} to {Key}, and not what {Key} has of it next", at.Writer, reader);
            }

            next[at.Writer.Index] = at.Ordinal + 1;
        }
    }

    private void CheckIntermediate()
    {
        foreach (var read in _fitting)
        {
            if (read.Before > 0 && _versions[read.Before - 1] is (var value, { IsLast: false } place) && place.Writer != read.Reader)
            {
                _verdict.Add(Anomaly.G1b, $"{place.Writer.Name} went on to append more to {Key} after {value}, where the read ends", place.Writer, read.Reader);
            }
        }
    }

    private static Operation[] Writer(AppendPlace? place) => place is { } at ? [at.Writer] : [];
}
