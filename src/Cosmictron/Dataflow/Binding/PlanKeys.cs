namespace Voxeltron.Cosmictron;

/// <summary>
/// Sets of columns that no two rows of a plan share, as far as declarations tell. An order that ends in one of them leaves no
/// tie to chance. A set that is one with more columns is not listed.
/// </summary>
internal static class PlanKeys
{
    /// <summary>Joins multiply the sets of their sides.</summary>
    private const int MostKeys = 16;

    public static IReadOnlyList<IReadOnlySet<int>> Of(Plan plan) => plan switch
    {
        ScanPlan scan => OfScan(scan),
        FilterPlan or TopPlan => Of(plan.Inputs[0]),
        ProjectPlan project => OfProject(project),
        JoinPlan join => OfJoin(join),
        AggregatePlan aggregate => [Enumerable.Range(0, aggregate.Groups.Length).ToHashSet()],
        DistinctPlan => [.. Of(plan.Inputs[0]), Enumerable.Range(0, plan.Columns.Count).ToHashSet()],
        _ => [],
    };

    private static List<IReadOnlySet<int>> OfScan(ScanPlan scan)
    {
        // A cell's shard is not a column: two cells may have rows of one key, but a view sees one shard.
        var keys = new List<IReadOnlySet<int>>();
        Add(scan.Table.Key);
        foreach (var index in scan.Table.Indexes)
        {
            if (index.Unique && index.Columns.All(name => !scan.Table.Columns[scan.Table.ColumnOf(name)].Nullable))
            {
                Add(index.Columns);
            }
        }

        return keys;

        void Add(IReadOnlyList<string> names)
        {
            var positions = names.Select(name => Array.IndexOf(scan.Ordinals, scan.Table.ColumnOf(name))).ToHashSet();
            if (!positions.Contains(-1))
            {
                keys.Add(positions);
            }
        }
    }

    private static List<IReadOnlySet<int>> OfProject(ProjectPlan project)
    {
        var keys = new List<IReadOnlySet<int>>();
        foreach (var key in Of(project.Inputs[0]))
        {
            var moved = key.Select(column => Place(project, column)).ToHashSet();
            if (!moved.Contains(-1))
            {
                keys.Add(moved);
            }
        }

        return keys;
    }

    private static int Place(ProjectPlan project, int column)
    {
        for (var i = 0; i < project.Expressions.Count; i++)
        {
            if (project.Expressions[i] is ColumnExpression { Position: var position } && position == column)
            {
                return i;
            }
        }

        return -1;
    }

    private static List<IReadOnlySet<int>> OfJoin(JoinPlan join)
    {
        var width = join.Inputs[0].Columns.Count;
        var (left, right) = (Of(join.Inputs[0]), Of(join.Inputs[1]));
        var joined = join.RightKeys.OfType<ColumnExpression>().Select(static column => column.Position).ToHashSet();
        if (right.Any(key => key.IsSubsetOf(joined)))
        {
            // At most one partner each.
            return [.. left];
        }

        var keys = new List<IReadOnlySet<int>>();
        foreach (var one in left)
        {
            foreach (var other in right.Take(MostKeys - keys.Count))
            {
                // Of an outer join a null partner is one, too: the left key alone tells that row.
                keys.Add(one.Concat(other.Select(column => column + width)).ToHashSet());
            }
        }

        return keys;
    }
}
