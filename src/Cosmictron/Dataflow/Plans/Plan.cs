namespace Voxeltron.Cosmictron;

/// <summary>
/// What a view computes, typed and bound: a tree over tables. Rows are multisets, as in SQL. Two plans with the same
/// <see cref="Key"/> compute the same rows, so a circuit has one operator for both.
/// </summary>
internal abstract class Plan
{
    private string? _key;

    protected Plan(IReadOnlyList<ViewColumn> columns, params IReadOnlyList<Plan> inputs)
    {
        Columns = columns;
        Inputs = inputs;
    }

    public IReadOnlyList<ViewColumn> Columns { get; }

    public IReadOnlyList<Plan> Inputs { get; }

    /// <summary>The whole plan on one line, names of columns left out: they change no row.</summary>
    public string Key => _key ??= Inputs.Count == 0 ? Describe() : $"{Describe()}({string.Join("; ", Inputs.Select(static input => input.Key))})";

    /// <summary>This operator alone, in the words that are shown to people.</summary>
    public abstract string Describe();

    /// <summary>The plan as an indented tree, the last operator first.</summary>
    public string Explain()
    {
        var lines = new List<string>();
        Explain(lines, 0);
        return string.Join('\n', lines);
    }

    private void Explain(List<string> lines, int depth)
    {
        lines.Add(new string(' ', depth * 2) + Describe());
        foreach (var input in Inputs)
        {
            input.Explain(lines, depth + 1);
        }
    }
}

/// <summary>The rows of a table, some of its columns.</summary>
/// <param name="ordinals">The table's columns that are read, by position in the declaration.</param>
internal sealed class ScanPlan(TableSchema table, int[] ordinals, IReadOnlyList<ViewColumn> columns) : Plan(columns)
{
    public TableSchema Table { get; } = table;

    public int[] Ordinals { get; } = ordinals;

    public override string Describe() => $"scan {Table.Name} [{string.Join(", ", Ordinals.Select(ordinal => Table.Columns[ordinal].Name))}]";
}

/// <summary>Rows for which the condition is true; neither false nor null.</summary>
internal sealed class FilterPlan(Plan input, Expression condition) : Plan(input.Columns, input)
{
    public Expression Condition { get; } = condition;

    public override string Describe() => $"filter {Condition}";
}

internal sealed class ProjectPlan(Plan input, IReadOnlyList<Expression> expressions, IReadOnlyList<ViewColumn> columns) : Plan(columns, input)
{
    public IReadOnlyList<Expression> Expressions { get; } = expressions;

    public override string Describe() => $"project {string.Join(", ", Expressions)}";
}

/// <summary>
/// Pairs of rows whose keys are equal, the left row's columns before the right's. A null equals nothing. Outer: a left row
/// without a partner comes once, with nulls.
/// </summary>
/// <param name="leftKeys">Over the left row, one for one with <paramref name="rightKeys"/> and of the same types; none: every pair.</param>
internal sealed class JoinPlan(Plan left, Plan right, bool outer, IReadOnlyList<Expression> leftKeys, IReadOnlyList<Expression> rightKeys, IReadOnlyList<ViewColumn> columns)
    : Plan(columns, left, right)
{
    public bool Outer { get; } = outer;

    public IReadOnlyList<Expression> LeftKeys { get; } = leftKeys;

    public IReadOnlyList<Expression> RightKeys { get; } = rightKeys;

    public override string Describe() =>
        $"{(Outer ? "left join" : "join")} on {(LeftKeys.Count == 0 ? "true" : string.Join(" and ", LeftKeys.Select((left, i) => $"left {left} = right {RightKeys[i]}")))}";
}

/// <summary>One row for each value of the group's columns, which come first, then the aggregates. No group columns: always exactly one row.</summary>
/// <param name="groups">The input's columns to group by; null is a value of its own.</param>
internal sealed class AggregatePlan(Plan input, int[] groups, IReadOnlyList<AggregateCall> calls, IReadOnlyList<ViewColumn> columns) : Plan(columns, input)
{
    public int[] Groups { get; } = groups;

    public IReadOnlyList<AggregateCall> Calls { get; } = calls;

    public override string Describe() =>
        $"aggregate {string.Join(", ", Calls)}{(Groups.Length == 0 ? "" : $" by {string.Join(", ", Groups.Select(static group => $"${group}"))}")}";
}

internal enum AggregateFunction
{
    /// <summary>count(*): rows.</summary>
    CountRows,
    Count,
    Sum,
    Min,
    Max,

    /// <summary>Rounded half away from zero to the result's scale.</summary>
    Avg,
}

/// <param name="Argument">A column of the input; -1 for count(*). Nulls do not count.</param>
/// <param name="Type">Of the result.</param>
internal sealed record AggregateCall(AggregateFunction Function, int Argument, ViewType Type)
{
    public override string ToString() => Function == AggregateFunction.CountRows
        ? "count(*)"
        : $"{Function.ToString().ToLowerInvariant()}(${Argument}) as {Type}";
}

/// <summary>Each row once; nulls are equal here.</summary>
internal sealed class DistinctPlan(Plan input) : Plan(input.Columns, input)
{
    public override string Describe() => "distinct";
}

/// <summary>All rows of all inputs, which have the same types of columns.</summary>
internal sealed class UnionPlan(IReadOnlyList<Plan> inputs, IReadOnlyList<ViewColumn> columns) : Plan(columns, inputs)
{
    public override string Describe() => "union all";
}

/// <summary>
/// The first rows of each partition in an order that is total: it ends with columns that are a key of the input, so that no
/// tie is left to chance.
/// </summary>
/// <param name="withRank">A column is added, the row's place from 1 on: int64.</param>
internal sealed class TopPlan(Plan input, int[] partition, IReadOnlyList<OrderTerm> order, long count, bool withRank, IReadOnlyList<ViewColumn> columns)
    : Plan(columns, input)
{
    public int[] Partition { get; } = partition;

    public IReadOnlyList<OrderTerm> Order { get; } = order;

    public long Count { get; } = count;

    public bool WithRank { get; } = withRank;

    public override string Describe() =>
        $"top {Count}{(WithRank ? " with rank" : "")}{(Partition.Length == 0 ? "" : $" of each {string.Join(", ", Partition.Select(static column => $"${column}"))}")} by {string.Join(", ", Order)}";
}

/// <param name="Column">Of the input.</param>
internal sealed record OrderTerm(int Column, bool Descending, bool NullsFirst)
{
    public override string ToString() => $"${Column}{(Descending ? " desc" : "")}{(NullsFirst == Descending ? "" : NullsFirst ? " nulls first" : " nulls last")}";
}
