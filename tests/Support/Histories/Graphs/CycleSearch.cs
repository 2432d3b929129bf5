namespace Voxeltron.Tests.Support.Histories;

/// <summary>A cycle and what it is called.</summary>
internal sealed record Cycle(Anomaly Anomaly, IReadOnlyList<Step> Steps);

/// <summary>
/// Finds a short cycle in each strongly connected component and names it by the worst kind of cycle the component has:
/// G0 before G1c before G-single before G2. Components that need no real time are looked at first; one that needs it is
/// reported only if none of its operations is in a cycle already reported, since it may be larger by much.
/// </summary>
internal sealed class CycleSearch(DependencyGraph graph)
{
    // A component of a broken run may hold everything. Past this the cycle reported is real, but perhaps not the shortest,
    // and perhaps named G2 where it is G-single.
    private const long MaxWork = 20_000_000;

    // Each costs a pass or more over the nodes, and nobody reads further.
    private const int MaxComponents = 50;

    private const EdgeKinds Observed = EdgeKinds.WriteWrite | EdgeKinds.WriteRead;
    private const EdgeKinds Dependent = Observed | EdgeKinds.ReadWrite;

    private readonly ShortestPath _paths = new(graph);
    private readonly int[] _component = new int[graph.NodeCount];
    private int _components;

    public List<Cycle> Find()
    {
        var found = new List<Cycle>();
        foreach (var component in Components(Dependent))
        {
            found.Add(Worst(component, EdgeKinds.None) ?? throw new InvalidOperationException("a component without a cycle"));
        }

        var reported = found.SelectMany(c => c.Steps).Select(s => s.Source).ToHashSet();
        foreach (var component in Components(Dependent | EdgeKinds.Realtime))
        {
            if (!component.Any(reported.Contains))
            {
                found.Add(Worst(component, EdgeKinds.Realtime) ?? throw new InvalidOperationException("a component without a cycle"));
            }
        }

        return found;
    }

    private IEnumerable<int[]> Components(EdgeKinds kinds)
    {
        var all = Enumerable.Range(0, graph.NodeCount).ToArray();
        return StrongComponents.Find(graph, kinds | EdgeKinds.Onward, all, static _ => true).OrderBy(c => c.Length).Take(MaxComponents);
    }

    private Cycle? Worst(int[] component, EdgeKinds realtime)
    {
        var timed = realtime != EdgeKinds.None;
        return Shortest(component, EdgeKinds.WriteWrite | realtime) is { } g0 ? new Cycle(timed ? Anomaly.G0Realtime : Anomaly.G0, g0)
            : Shortest(component, Observed | realtime) is { } g1 ? new Cycle(timed ? Anomaly.G1cRealtime : Anomaly.G1c, g1)
            : WithOneMissedWrite(component, Observed | realtime) is { } single ? new Cycle(timed ? Anomaly.GSingleRealtime : Anomaly.GSingle, single)
            : Shortest(component, Dependent | realtime) is not { } g2 ? null
            : SideBySide(g2) ? new Cycle(timed ? Anomaly.G2Realtime : Anomaly.G2, g2)
            : new Cycle(timed ? Anomaly.GNonadjacentRealtime : Anomaly.GNonadjacent, g2);
    }

    /// <summary>The shortest cycle of these kinds of edge.</summary>
    private List<Step>? Shortest(int[] component, EdgeKinds kinds)
    {
        var within = Members(component);
        List<Edge>? best = null;
        var limit = int.MaxValue;
        var stop = _paths.Work + MaxWork;
        foreach (var part in StrongComponents.Find(graph, kinds | EdgeKinds.Onward, component, within))
        {
            foreach (var node in part.Where(graph.IsOperation))
            {
                if (best is not null && _paths.Work > stop)
                {
                    break;
                }

                if (_paths.Find(node, node, kinds, within, limit) is { } cycle)
                {
                    best = cycle;
                    limit = cycle.Count(e => graph.IsOperation(e.Source));
                }
            }
        }

        return best is null ? null : Steps(best);
    }

    /// <summary>The shortest cycle with exactly one read–write edge, the others of these kinds.</summary>
    private List<Step>? WithOneMissedWrite(int[] component, EdgeKinds kinds)
    {
        var within = Members(component);
        List<Edge>? best = null;
        var limit = int.MaxValue;
        var stop = _paths.Work + MaxWork;
        foreach (var node in component)
        {
            foreach (var edge in graph.From(node).ToArray())
            {
                if (edge.Kind == EdgeKinds.ReadWrite && within(edge.Target) && _paths.Work <= stop
                    && _paths.Find(edge.Target, edge.Source, kinds, within, limit) is { } back)
                {
                    best = [edge, .. back];
                    limit = best.Count(e => graph.IsOperation(e.Source)) - 1;
                }
            }
        }

        return best is null ? null : Steps(best);
    }

    /// <summary>Takes bundles out: the edges through them are one step of the first one's kind.</summary>
    private List<Step> Steps(List<Edge> cycle)
    {
        // Begin at an operation; a cycle has one, since bundles alone have none.
        var begin = cycle.FindIndex(e => graph.IsOperation(e.Source));
        var steps = new List<Step>();
        for (var i = 0; i < cycle.Count;)
        {
            var first = cycle[(begin + i++) % cycle.Count];
            var target = first.Target;
            while (!graph.IsOperation(target))
            {
                target = cycle[(begin + i++) % cycle.Count].Target;
            }

            steps.Add(new Step(first.Source, target, first.Kind, first.Key, first.Version));
        }

        return steps;
    }

    private static bool SideBySide(List<Step> cycle) =>
        cycle.Where((step, i) => step.Kind == EdgeKinds.ReadWrite && cycle[(i + 1) % cycle.Count].Kind == EdgeKinds.ReadWrite).Any();

    private Func<int, bool> Members(int[] component)
    {
        var mark = ++_components;
        foreach (var node in component)
        {
            _component[node] = mark;
        }

        return node => _component[node] == mark;
    }
}
