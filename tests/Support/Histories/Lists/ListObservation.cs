namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What one acknowledged transaction saw of one list before any step of its own, taken from its reads by leaving its own
/// appends off their ends.
/// </summary>
/// <param name="Longest">The last of its reads, own appends included: evidence of the order of versions.</param>
/// <param name="Before">How many elements of it were there before the transaction.</param>
internal sealed record ListObservation(Operation Reader, string Key, long[] Longest, int Before)
{
    public ReadOnlySpan<long> Prefix => Longest.AsSpan(0, Before);

    /// <summary>One observation for each list read; a transaction that disagrees with itself on a list is a finding and none.</summary>
    public static IEnumerable<ListObservation> Of(Operation operation, Verdict verdict)
    {
        if (operation.Steps is [ListRead only])
        {
            return [new ListObservation(operation, only.Key, only.Value, only.Value.Length)];
        }

        var own = new Dictionary<string, List<long>>();
        var seen = new Dictionary<string, ListObservation>();
        var contradictory = new HashSet<string>();
        foreach (var step in operation.Steps)
        {
            if (step is ListAppend append)
            {
                (own.TryGetValue(append.Key, out var list) ? list : own[append.Key] = []).Add(append.Value);
            }
            else if (step is ListRead read)
            {
                var appended = own.GetValueOrDefault(read.Key) ?? [];
                if (Contradiction(operation, read, appended, seen.GetValueOrDefault(read.Key)) is { } why)
                {
                    verdict.Add(Anomaly.Internal, why, operation);
                    contradictory.Add(read.Key);
                    continue;
                }

                seen[read.Key] = new ListObservation(operation, read.Key, read.Value, read.Value.Length - appended.Count);
            }
        }

        return seen.Values.Where(o => !contradictory.Contains(o.Key));
    }

    private static string? Contradiction(Operation operation, ListRead read, List<long> appended, ListObservation? earlier)
    {
        var before = read.Value.Length - appended.Count;
        if (before < 0 || !read.Value.AsSpan(before).SequenceEqual(appended.ToArray()))
        {
            return $"{operation.Name} had appended {Show.List(appended.ToArray())} to {read.Key} itself, and its read does not end so";
        }

        var prefix = read.Value.AsSpan(0, before);
        if (earlier is not null && !prefix.SequenceEqual(earlier.Prefix))
        {
            return $"{operation.Name} had read {read.Key} as {Show.List(earlier.Longest)}, which this read does not go on from";
        }

        foreach (var later in operation.Steps.OfType<ListAppend>())
        {
            if (later.Key == read.Key && prefix.Contains(later.Value))
            {
                return $"{operation.Name} read {later.Value} in {read.Key} before it appended it";
            }
        }

        return null;
    }
}
