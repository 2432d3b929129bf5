namespace Voxeltron.Tests.Support.Histories;

/// <summary>Builds the graph of a set of versioned objects, searches it, and says in words why each edge of a cycle holds.</summary>
internal sealed class DependencyReport(History history, IReadOnlyList<VersionedObject> objects)
{
    /// <param name="happened">The operations known to have happened: the others are in no order.</param>
    public void AddCyclesTo(Verdict verdict, IEnumerable<Operation> happened)
    {
        var graph = new DependencyGraph(history.Operations.Count);
        for (var i = 0; i < objects.Count; i++)
        {
            objects[i].AddEdges(graph, i);
        }

        graph.AddRealtime(happened);
        graph.Freeze();
        foreach (var cycle in new CycleSearch(graph).Find())
        {
            verdict.Add(Finding(cycle));
        }
    }

    private Finding Finding(Cycle cycle)
    {
        var operations = cycle.Steps.Select(s => history.Operations[s.Source]).ToArray();
        var lines = operations.Select(o => $"  {o}").Concat(cycle.Steps.Select(Explain));
        return new Finding(cycle.Anomaly, operations, string.Join('\n', lines));
    }

    private string Explain(Step step)
    {
        var (source, target) = (history.Operations[step.Source], history.Operations[step.Target]);
        return $"  {source.Name} before {target.Name}: " + step.Kind switch
        {
            EdgeKinds.Realtime => $"{source.Name} was answered at {source.End}, {target.Name} invoked at {target.Invoked}",
            EdgeKinds.WriteWrite => ExplainWriteWrite(objects[step.Key], step.Version, source, target),
            EdgeKinds.WriteRead => ExplainWriteRead(objects[step.Key], step.Version, source, target),
            _ => ExplainReadWrite(objects[step.Key], step.Version, source, target),
        };
    }

    private static string ExplainWriteWrite(VersionedObject on, int version, Operation source, Operation target)
    {
        if (version >= on.Versions.Count)
        {
            return $"{target.Name} wrote {on.Unseen[version - on.Versions.Count].Value} to {on.Key}, which no read shows, so after the last that one does, by {source.Name}";
        }

        var earlier = on.Versions.FindLastIndex(version - 1, v => v.Writer == source);
        return $"{target.Name} wrote {on.Versions[version].Value} to {on.Key} after {source.Name} wrote {on.Versions[earlier].Value}";
    }

    private static string ExplainWriteRead(VersionedObject on, int version, Operation source, Operation target) =>
        $"{target.Name} read {on.Key} as of {on.Versions[version].Value}, which {source.Name} wrote";

    private static string ExplainReadWrite(VersionedObject on, int version, Operation source, Operation target)
    {
        var seen = on.Reads.Find(r => r.Reader == source).Version;
        var missed = version < 0 ? on.Unseen.Find(v => v.Writer == target).Value
            : version < on.Versions.Count ? on.Versions[version].Value
            : on.Unseen[version - on.Versions.Count].Value;
        return $"{source.Name} read {on.Key} {(seen < 0 ? "as empty" : $"as of {on.Versions[seen].Value}")}, without {missed}, which {target.Name} wrote";
    }
}
