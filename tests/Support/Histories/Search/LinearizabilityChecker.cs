namespace Voxeltron.Tests.Support.Histories;

/// <summary>Searches one component for an order; where there is none, makes the smallest story of it that it can.</summary>
internal static class LinearizabilityChecker
{
    public static void Check(Component component, CheckOptions options, Verdict verdict)
    {
        if (component.Operations.Count > options.MaxSearchedOperations)
        {
            verdict.AddUndecided($"{component}: {component.Operations.Count} operations, more than the {options.MaxSearchedOperations} that are searched");
            return;
        }

        switch (new LinearizabilitySearch(component.Operations).Run(options.MaxSearchSteps))
        {
            case SearchOutcome.Undecided:
                verdict.AddUndecided($"{component}: the search stopped after {options.MaxSearchSteps} steps");
                break;
            case SearchOutcome.NotLinearizable:
                var least = Shrink(component.Operations, options);
                verdict.Add(new Finding(Anomaly.NotLinearizable, least, Explain(component, least, options)));
                break;
        }
    }

    /// <summary>
    /// The shortest beginning that has no order, without the reads it does not need. Both steps are safe: the beginning of a
    /// linearizable history is linearizable, what was not answered yet being unknown; and leaving out an operation that
    /// changes nothing takes no order away.
    /// </summary>
    private static Operation[] Shrink(IReadOnlyList<Operation> operations, CheckOptions options)
    {
        var answers = operations.Where(o => o.Outcome == Outcome.Ok).Select(o => o.End).Distinct().Order().ToArray();
        var (low, high) = (0, answers.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Fails(Beginning(operations, answers[middle]), options) ? (low, middle) : (middle + 1, high);
        }

        var least = Beginning(operations, answers[low]).ToList();
        for (var i = least.Count - 1; i >= 0; i--)
        {
            if (!least[i].MayChange)
            {
                var without = least.Where((_, at) => at != i).ToArray();
                if (Fails(without, options))
                {
                    least.RemoveAt(i);
                }
            }
        }

        return [.. least];
    }

    private static bool Fails(IReadOnlyList<Operation> operations, CheckOptions options) =>
        new LinearizabilitySearch(operations).Run(options.MaxSearchSteps) == SearchOutcome.NotLinearizable;

    private static Operation[] Beginning(IReadOnlyList<Operation> operations, long until) =>
    [
        .. operations
            .Where(o => o.Invoked <= until)
            .Select(o => o.End <= until ? o : o with { Outcome = Outcome.Info, Completed = Operation.Never })
            .Where(o => o.Outcome == Outcome.Ok || o.MayChange),
    ];

    private static string Explain(Component component, Operation[] operations, CheckOptions options)
    {
        var search = new LinearizabilitySearch(operations);
        search.Run(options.MaxSearchSteps);
        var (order, state) = search.Longest;
        var rest = operations.Where(o => o.Outcome == Outcome.Ok && !order.Contains(o)).ToArray();
        var lines = operations.Select(o => $"  {o}").ToList();
        lines.Add($"  no order of these explains all answers on {component}");
        lines.Add($"  the longest that explains its own: {(order.Length == 0 ? "none" : string.Join(" ", order.Select(o => o.Name)))}");
        foreach (var operation in rest.Where(o => !rest.Any(other => other.Precedes(o))))
        {
            if (!search.Model.TryApply(operation, state, out _, out var refused))
            {
                lines.Add($"  then {operation.Name} cannot follow: {refused}, but {search.Model.Describe(refused!, state)}");
            }
        }

        return string.Join('\n', lines);
    }
}
