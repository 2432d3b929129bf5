using System.Globalization;
using System.Numerics;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Computes plans from whole tables, row by row and in the plainest way.</summary>
internal sealed class NaiveViews(Func<string, IEnumerable<object?[]>> tableRows)
{
    /// <summary>More rows than a test should wait for.</summary>
    public const int MostRows = 4_000;

    private static readonly BigInteger Bound = BigInteger.Pow(10, 28);

    public List<object?[]> Rows(Plan plan)
    {
        var rows = Compute(plan).ToList();
        return rows.Count <= MostRows ? rows : throw new InvalidOperationException("too many rows");
    }

    private IEnumerable<object?[]> Compute(Plan plan) => plan switch
    {
        ScanPlan scan => tableRows(scan.Table.Name).Select(row => scan.Ordinals.Select(ordinal => row[ordinal]).ToArray()),
        FilterPlan filter => Rows(filter.Inputs[0]).Where(row => NaiveExpressions.Of(filter.Condition, row) is true),
        ProjectPlan project => Rows(project.Inputs[0]).Select(row => project.Expressions.Select(expression => NaiveExpressions.Of(expression, row)).ToArray()),
        JoinPlan join => Join(join),
        AggregatePlan aggregate => Aggregate(aggregate),
        DistinctPlan distinct => Rows(distinct.Inputs[0]).DistinctBy(ModelRow.Text),
        UnionPlan union => union.Inputs.SelectMany(Rows),
        TopPlan top => Top(top),
        _ => throw new InvalidOperationException(),
    };

    private IEnumerable<object?[]> Join(JoinPlan join)
    {
        var left = Rows(join.Inputs[0]).Select(row => (Row: row, Key: Key(join.LeftKeys, row))).ToList();
        var right = Rows(join.Inputs[1]).Select(row => (Row: row, Key: Key(join.RightKeys, row))).ToList();
        foreach (var (row, key) in left)
        {
            var partners = right.Where(other => key is not null && other.Key == key).ToList();
            foreach (var partner in partners)
            {
                yield return [.. row, .. partner.Row];
            }

            if (join.Outer && partners.Count == 0)
            {
                yield return [.. row, .. new object?[join.Inputs[1].Columns.Count]];
            }
        }
    }

    private static string? Key(IReadOnlyList<Expression> keys, object?[] row)
    {
        var values = keys.Select(key => NaiveExpressions.Of(key, row)).ToList();
        return values.Contains(null) ? null : ModelRow.Text(values);
    }

    private IEnumerable<object?[]> Aggregate(AggregatePlan plan)
    {
        var rows = Rows(plan.Inputs[0]);
        var groups = rows.GroupBy(row => ModelRow.Text(plan.Groups.Select(group => row[group]))).Select(static group => group.ToList()).ToList();
        if (plan.Groups.Length == 0 && groups.Count == 0)
        {
            groups.Add([]);
        }

        foreach (var group in groups)
        {
            yield return [.. plan.Groups.Select(column => group[0][column]), .. plan.Calls.Select(call => Call(call, group))];
        }
    }

    private static object? Call(AggregateCall call, List<object?[]> group)
    {
        if (call.Function == AggregateFunction.CountRows)
        {
            return (long)group.Count;
        }

        var values = group.Select(row => row[call.Argument]).Where(static value => value is not null).ToList();
        if (call.Function == AggregateFunction.Count)
        {
            return (long)values.Count;
        }

        if (values.Count == 0)
        {
            return null;
        }

        if (call.Function is AggregateFunction.Min or AggregateFunction.Max)
        {
            values.Sort(ValueOrder.CompareValues);
            return call.Function == AggregateFunction.Min ? values[0] : values[^1];
        }

        var scale = values[0] is Units units ? units.Scale : 0;
        var sum = values.Aggregate(BigInteger.Zero, static (sum, value) => sum + (value is Units u ? (BigInteger)u.Value : (long)value!));
        if (call.Function == AggregateFunction.Avg)
        {
            return new Units(Decimals.Quotient((Int128)sum, scale, values.Count, 0, call.Type.Scale), call.Type.Scale);
        }

        if (call.Type.Type == ColumnType.Int64)
        {
            return sum >= long.MinValue && sum <= long.MaxValue ? (long)sum : throw new ViewFault(ViewFault.OutOfRange, "sum");
        }

        return BigInteger.Abs(sum) < Bound ? new Units(Int128.Parse(sum.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), scale) : throw new ViewFault(ViewFault.OutOfRange, "sum");
    }

    private IEnumerable<object?[]> Top(TopPlan top)
    {
        foreach (var partition in Rows(top.Inputs[0]).GroupBy(row => ModelRow.Text(top.Partition.Select(column => row[column]))))
        {
            var sorted = partition.ToList();
            sorted.Sort((a, b) => Compare(top.Order, a, b));
            for (var i = 0; i < Math.Min(sorted.Count, top.Count); i++)
            {
                yield return top.WithRank ? [.. sorted[i], i + 1L] : sorted[i];
            }
        }
    }

    private static int Compare(IReadOnlyList<OrderTerm> order, object?[] a, object?[] b)
    {
        foreach (var term in order)
        {
            var (x, y) = (a[term.Column], b[term.Column]);
            var compared = x is null || y is null
                ? (x is null).CompareTo(y is null) * (term.NullsFirst ? -1 : 1)
                : ValueOrder.CompareValues(x, y) * (term.Descending ? -1 : 1);
            if (compared != 0)
            {
                return compared;
            }
        }

        return 0;
    }
}
