using System.Runtime.InteropServices;

namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Which operations come before which. Nodes below <see cref="OperationCount"/> are operations; those above are bundles
/// that spare edges: a moment of real time, or "whoever appended later than anyone saw".
/// </summary>
internal sealed class DependencyGraph(int operations)
{
    private readonly List<Edge> _edges = [];
    private int[] _begin = [];
    private Edge[] _sorted = [];

    public int OperationCount { get; } = operations;

    public int NodeCount { get; private set; } = operations;

    public bool IsOperation(int node) => node < OperationCount;

    public int AddBundle() => NodeCount++;

    public void Add(int source, int target, EdgeKinds kind, int key = -1, int version = -1)
    {
        if (source != target)
        {
            _edges.Add(new Edge(source, target, kind, key, version));
        }
    }

    public void AddOnward(int source, int target) => Add(source, target, EdgeKinds.Onward);

    /// <summary>Edges by source, by a counting sort; no edge is added after this.</summary>
    public void Freeze()
    {
        _begin = new int[NodeCount + 1];
        foreach (ref readonly var edge in CollectionsMarshal.AsSpan(_edges))
        {
            _begin[edge.Source + 1]++;
        }

        for (var i = 0; i < NodeCount; i++)
        {
            _begin[i + 1] += _begin[i];
        }

        var next = _begin.AsSpan(0, NodeCount).ToArray();
        _sorted = new Edge[_edges.Count];
        foreach (ref readonly var edge in CollectionsMarshal.AsSpan(_edges))
        {
            _sorted[next[edge.Source]++] = edge;
        }

        _edges.Clear();
    }

    public ReadOnlySpan<Edge> From(int node) => _sorted.AsSpan(_begin[node].._begin[node + 1]);

    /// <summary>
    /// Real time in at most three edges an operation: a chain of the instants at which something was answered; each
    /// operation leads to the instant of its answer, and the last instant before an invocation leads to its operation.
    /// </summary>
    public void AddRealtime(IEnumerable<Operation> happened)
    {
        var operations = happened.ToArray();
        var instants = operations.Select(o => o.End).Where(e => e != Operation.Never).Distinct().Order().ToArray();
        var first = NodeCount;
        for (var i = 0; i < instants.Length; i++)
        {
            var node = AddBundle();
            if (i > 0)
            {
                AddOnward(node - 1, node);
            }
        }

        foreach (var operation in operations)
        {
            if (operation.End != Operation.Never)
            {
                Add(operation.Index, first + Array.BinarySearch(instants, operation.End), EdgeKinds.Realtime);
            }

            var notBefore = Array.BinarySearch(instants, operation.Invoked);
            var before = (notBefore < 0 ? ~notBefore : notBefore) - 1;
            if (before >= 0)
            {
                AddOnward(first + before, operation.Index);
            }
        }
    }
}
