namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Tarjan's strongly connected components, without recursion: histories are deeper than a stack.
/// </summary>
internal static class StrongComponents
{
    /// <summary>Components of two or more nodes, in the part of the graph that has only these kinds of edge and these nodes.</summary>
    public static List<int[]> Find(DependencyGraph graph, EdgeKinds kinds, ReadOnlySpan<int> nodes, Func<int, bool> contains)
    {
        var found = new List<int[]>();
        var number = new int[graph.NodeCount];
        var low = new int[graph.NodeCount];
        var open = new bool[graph.NodeCount];
        var stack = new Stack<int>();
        var calls = new Stack<(int Node, int Edge)>();
        var counter = 0;

        foreach (var root in nodes)
        {
            if (number[root] != 0)
            {
                continue;
            }

            calls.Push((root, 0));
            while (calls.TryPop(out var call))
            {
                var (node, edge) = call;
                if (number[node] == 0)
                {
                    number[node] = low[node] = ++counter;
                    open[node] = true;
                    stack.Push(node);
                }

                var edges = graph.From(node);
                var descended = false;
                for (; edge < edges.Length; edge++)
                {
                    var target = edges[edge].Target;
                    if ((edges[edge].Kind & kinds) == 0 || !contains(target))
                    {
                        continue;
                    }

                    if (number[target] == 0)
                    {
                        // Comes back to this same edge, which then finds its target numbered and takes its low link.
                        calls.Push((node, edge));
                        calls.Push((target, 0));
                        descended = true;
                        break;
                    }

                    if (open[target])
                    {
                        low[node] = Math.Min(low[node], low[target]);
                    }
                }

                if (!descended && low[node] == number[node])
                {
                    Close(node, stack, open, found);
                }
            }
        }

        return found;
    }

    private static void Close(int root, Stack<int> stack, bool[] open, List<int[]> found)
    {
        var component = new List<int>();
        int node;
        do
        {
            node = stack.Pop();
            open[node] = false;
            component.Add(node);
        }
        while (node != root);

        if (component.Count > 1)
        {
            found.Add([.. component]);
        }
    }
}
