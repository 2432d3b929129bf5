namespace Voxeltron.Cosmictron;

internal sealed partial class Binder
{
    /// <summary>
    /// The first rows of each partition, as SQL has them: a query with row_number() over (partition by … order by …), and a
    /// bound on that number around it. Null: the select is not of that form.
    /// </summary>
    private Plan? Ranked(SqlSelect select)
    {
        if (select.Joins.Count > 0 || select.From is not SqlSubquery { Query: { Parts: [{ Select: { } inner }], Order.Count: 0, Limit: null } } source
            || inner.Items.Where(static item => item.Expression is SqlCall { Over: not null }).ToList() is not [var ranked])
        {
            return null;
        }

        var call = (SqlCall)ranked.Expression!;
        if (call is not { Name: "row_number", Arguments.Count: 0, Star: false, Distinct: false })
        {
            throw new ViewSqlException(call.At, $"of window functions views know row_number() only, not {call.Name}");
        }

        if (inner.Distinct || inner.GroupBy.Count > 0 || inner.Having is not null)
        {
            throw new ViewSqlException(call.At, "row_number() goes with neither distinct nor group by: number the rows of a query that has them");
        }

        var name = ranked.Alias ?? "row_number";
        var bound = select.Where is null ? null : Conjuncts(select.Where).Select(condition => Bound(condition, name, source.Alias)).Where(static count => count is not null).Min();
        if (bound is not { } count)
        {
            throw new ViewSqlException(call.At, $"row_number() needs a bound in the query around it: where {name} <= n");
        }

        if (count is < 1 or > MostTop)
        {
            throw new ViewSqlException(call.At, $"a view keeps 1 to {MostTop} first rows of a partition, not {count}");
        }

        var top = Top(inner, ranked, call.Over!, count, name);
        var scope = new Scope();
        scope.Add(source.Alias, top.Columns);
        return Listed(select, new FilterPlan(top, Condition(select.Where!, scope)), scope);
    }

    private static long? Bound(SqlExpression condition, string name, string? alias)
    {
        var (left, right, sign) = condition is SqlBinary { Operator: var written } binary
            ? binary.Left is SqlNumber ? (binary.Right, binary.Left, Turned(written)) : (binary.Left, binary.Right, written)
            : (condition, condition, "");
        if (left is not SqlName column || column.Name != name || (column.Qualifier is not null && column.Qualifier != alias)
            || right is not SqlNumber number || !long.TryParse(number.Text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        return sign switch
        {
            "<=" or "=" => value,
            "<" => value - 1,
            _ => null,
        };
    }

    private static string Turned(string sign) => sign switch
    {
        ">=" => "<=",
        ">" => "<",
        "<=" => ">=",
        "<" => ">",
        _ => sign,
    };

    /// <summary>The inner query's rows with their number, in the order of its list.</summary>
    private ProjectPlan Top(SqlSelect inner, SqlItem ranked, SqlWindow window, long count, string name)
    {
        var (plan, scope) = From(inner);
        var expressions = new List<Expression>();
        var columns = new List<ViewColumn>();
        var place = -1;
        foreach (var item in inner.Items)
        {
            if (ReferenceEquals(item, ranked))
            {
                place = columns.Count;
                continue;
            }

            foreach (var (expression, column) in Items(inner with { Items = [item] }, scope))
            {
                var bound = Bind(expression, scope);
                expressions.Add(bound.Type == Unknown ? throw new ViewSqlException(expression.At, "the type of null is not known here: write cast(null as …)") : bound);
                columns.Add(new ViewColumn(column, bound.Type, bound.Nullable));
            }
        }

        // What only the window reads comes behind the list.
        var listed = columns.Count;
        int Place(SqlExpression by)
        {
            var bound = Bind(by, scope);
            if (!bound.Type.IsComparable || bound.Type == Unknown)
            {
                throw new ViewSqlException(by.At, $"{bound.Type} has no order");
            }

            var found = expressions.FindIndex(known => known.ToString() == bound.ToString());
            if (found < 0)
            {
                found = expressions.Count;
                expressions.Add(bound);
                columns.Add(new ViewColumn("", bound.Type, bound.Nullable));
            }

            return found;
        }

        int[] partition = [.. window.Partition.Select(Place)];
        var order = window.Order.Select(term => Term(term, Place(term.By))).ToList();
        var projected = new ProjectPlan(plan, expressions, columns);
        RequireTotal(ranked.At, projected, partition, order);
        var top = new TopPlan(projected, partition, order, count, withRank: true, [.. columns, new ViewColumn(name, ViewType.Int64, Nullable: false)]);
        var output = Enumerable.Range(0, listed).ToList();
        output.Insert(place, columns.Count);
        return new ProjectPlan(
            top, [.. output.Select(i => new ColumnExpression(i, top.Columns[i].Type, top.Columns[i].Nullable))], [.. output.Select(i => top.Columns[i])]);
    }
}
