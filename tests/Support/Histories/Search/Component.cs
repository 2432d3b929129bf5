namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Objects that transactions tie together, and the operations on them. No transaction crosses from one component to
/// another, and a history is linearizable exactly if each of its components is (Herlihy and Wing 1990): so each is judged
/// alone, which for operations on single objects means per object.
/// </summary>
internal sealed class Component
{
    private readonly SortedSet<string> _objects = new(StringComparer.Ordinal);
    private readonly HashSet<DataKind> _kinds = [];
    private readonly List<Operation> _operations = [];

    public IReadOnlyCollection<string> Objects => _objects;

    public bool HasOnlyLists => _kinds.All(k => k == DataKind.List);

    /// <summary>Without refused operations: they never happened.</summary>
    public IReadOnlyList<Operation> Operations => _operations;

    /// <summary>
    /// The final read touches everything and would tie all together. It is after everything and changes nothing, so each
    /// component gets the part of it that is its own: no order of one component can upset that part in another.
    /// </summary>
    public static List<Component> Of(History history)
    {
        var parents = new Dictionary<(DataKind, string), (DataKind, string)>();
        foreach (var operation in history.Operations.Where(o => o != history.FinalRead))
        {
            foreach (var step in operation.Steps)
            {
                Join(parents, Object(operation.Steps[0]), Object(step));
            }
        }

        var components = new Dictionary<(DataKind, string), Component>();
        foreach (var operation in history.Operations.Where(o => o.Outcome != Outcome.Fail))
        {
            foreach (var part in operation.Steps.GroupBy(s => Root(parents, Object(s))))
            {
                if (!components.TryGetValue(part.Key, out var component))
                {
                    components[part.Key] = component = new Component();
                }

                component._operations.Add(part.Count() == operation.Steps.Count ? operation : operation with { Steps = [.. part] });
                component._kinds.UnionWith(part.Select(s => s.Data));
                component._objects.UnionWith(part.Select(s => Show.Object(s.Data, s.Key)));
            }
        }

        return [.. components.Values];
    }

    public override string ToString() => _objects.Count <= 8 ? string.Join(", ", _objects) : $"{string.Join(", ", _objects.Take(8))} and {_objects.Count - 8} more";

    private static (DataKind, string) Object(MicroOp step) => (step.Data, step.Key);

    private static void Join(Dictionary<(DataKind, string), (DataKind, string)> parents, (DataKind, string) a, (DataKind, string) b) =>
        parents[Root(parents, b)] = Root(parents, a);

    private static (DataKind, string) Root(Dictionary<(DataKind, string), (DataKind, string)> parents, (DataKind, string) of)
    {
        while (parents.TryGetValue(of, out var parent) && parent != of)
        {
            // Halve the path on the way, or long chains would make this quadratic.
            parents[of] = parents.GetValueOrDefault(parent, parent);
            of = parent;
        }

        parents.TryAdd(of, of);
        return of;
    }
}
