namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// The two findings of a versioned object that everybody looks for by name. Each is a cycle too, and is found as one; these
/// are the shorter story.
/// </summary>
internal static class VersionFindings
{
    public static void Add(VersionedObject on, Verdict verdict)
    {
        AddLostUpdates(on, verdict);
        AddMissedWrites(on, verdict);
    }

    private static void AddLostUpdates(VersionedObject on, Verdict verdict)
    {
        var writers = on.Versions.Concat(on.Unseen).Where(v => v.Writer is not null).Select(v => v.Writer!.Index).ToHashSet();
        foreach (var group in on.Reads.Where(r => writers.Contains(r.Reader.Index)).GroupBy(r => r.Version).Where(g => g.Count() > 1))
        {
            var two = group.Take(2).Select(r => r.Reader).ToArray();
            verdict.Add(Anomaly.LostUpdate, $"both read one version of {on.Key} and wrote to it: neither saw the other's", two);
        }
    }

    /// <summary>A read begun after a write behind its version had been acknowledged.</summary>
    private static void AddMissedWrites(VersionedObject on, Verdict verdict)
    {
        var unseen = on.Unseen.Select(v => v.Writer!).MinBy(w => w.End);

        // Per place the earliest acknowledged of the versions from there on.
        var earliest = new Operation?[on.Versions.Count + 1];
        for (var i = on.Versions.Count - 1; i >= 0; i--)
        {
            var writer = on.Versions[i].Writer;
            earliest[i] = writer is not null && writer.End < (earliest[i + 1]?.End ?? Operation.Never) ? writer : earliest[i + 1];
        }

        foreach (var (reader, version) in on.Reads)
        {
            if (earliest[version + 1] is { } missed && missed.Precedes(reader))
            {
                verdict.Add(Anomaly.StaleRead, $"{reader.Name} was invoked after {missed.Name} had been answered, and read {on.Key} without its write, which others saw", missed, reader);
            }
            else if (unseen is not null && unseen.Precedes(reader))
            {
                verdict.Add(Anomaly.LostWrite, $"{reader.Name} was invoked after {unseen.Name} had been answered, and nobody ever read its write to {on.Key}", unseen, reader);
            }
        }
    }
}
