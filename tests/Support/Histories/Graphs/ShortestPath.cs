namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Shortest paths by the number of operations passed: an edge out of an operation counts one, out of a bundle nothing
/// (breadth first, one distance at a time). Buffers are kept between searches, since a cycle search makes many.
/// </summary>
internal sealed class ShortestPath(DependencyGraph graph)
{
    private readonly int[] _seenIn = new int[graph.NodeCount];
    private readonly int[] _distance = new int[graph.NodeCount];
    private readonly Edge[] _cameBy = new Edge[graph.NodeCount];
    private Stack<int> _now = new();
    private Stack<int> _next = new();
    private int _search;

    /// <summary>Edges looked at so far, over all searches.</summary>
    public long Work { get; private set; }

    /// <summary>
    /// The edges from source to target, or null if no such path passes fewer than <paramref name="limit"/> operations. Where
    /// source and target are one node, the path is a cycle through it.
    /// </summary>
    public List<Edge>? Find(int source, int target, EdgeKinds kinds, Func<int, bool> contains, int limit)
    {
        _search++;
        _now.Clear();
        _next.Clear();

        // The source is not marked as seen, so that a cycle can come back to it.
        _now.Push(source);
        for (var distance = 0; distance < limit && _now.Count > 0; distance++)
        {
            while (_now.TryPop(out var node))
            {
                if (node == target && (distance > 0 || node != source))
                {
                    return Path(source, target);
                }

                Follow(node, distance, kinds | EdgeKinds.Onward, contains);
            }

            (_now, _next) = (_next, _now);
        }

        return null;
    }

    private void Follow(int node, int distance, EdgeKinds kinds, Func<int, bool> contains)
    {
        var reached = graph.IsOperation(node) ? distance + 1 : distance;
        foreach (ref readonly var edge in graph.From(node))
        {
            Work++;
            var target = edge.Target;
            if ((edge.Kind & kinds) == 0 || !contains(target) || (_seenIn[target] == _search && _distance[target] <= reached))
            {
                continue;
            }

            _seenIn[target] = _search;
            _distance[target] = reached;
            _cameBy[target] = edge;
            (reached == distance ? _now : _next).Push(target);
        }
    }

    private List<Edge> Path(int source, int target)
    {
        var path = new List<Edge>();
        var node = target;
        do
        {
            path.Add(_cameBy[node]);
            node = _cameBy[node].Source;
        }
        while (node != source);

        path.Reverse();
        return path;
    }
}
