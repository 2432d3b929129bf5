namespace Voxeltron.Tests.Support.Histories;

/// <summary>Which operations a search has to consider.</summary>
internal static class NeededOperations
{
    /// <summary>
    /// The acknowledged; of the unknown those whose effect somebody may have seen. A list value or register value that no
    /// acknowledged read shows explains nothing, and any order that has its writer works without it; adds, inserts and
    /// deletes may be what an answer rests on without naming it.
    /// </summary>
    public static IEnumerable<Operation> Of(IReadOnlyList<Operation> operations)
    {
        var read = new HashSet<(DataKind, string, long)>();
        foreach (var step in operations.Where(o => o.Outcome == Outcome.Ok).SelectMany(o => o.Steps))
        {
            if (step is ListRead list)
            {
                read.UnionWith(list.Value.Select(v => (DataKind.List, list.Key, v)));
            }
            else if (step is RegisterRead { Value: { } value })
            {
                read.Add((DataKind.Register, step.Key, value));
            }
        }

        return operations.Where(o => o.Outcome == Outcome.Ok || (o.MayChange && o.Steps.Any(MayBeSeen)));

        bool MayBeSeen(MicroOp step) => step switch
        {
            ListAppend append => read.Contains((DataKind.List, append.Key, append.Value)),
            RegisterWrite write => read.Contains((DataKind.Register, write.Key, write.Value)),
            _ => step.CanChange,
        };
    }
}
