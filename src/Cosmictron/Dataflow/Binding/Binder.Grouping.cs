namespace Voxeltron.Cosmictron;

internal sealed partial class Binder
{
    private static bool HasAggregate(SqlExpression? expression) => expression switch
    {
        SqlCall { Over: null } call when Aggregates.IsName(call.Name) => true,
        SqlCall call => call.Arguments.Any(HasAggregate),
        SqlUnary unary => HasAggregate(unary.Argument),
        SqlBinary binary => HasAggregate(binary.Left) || HasAggregate(binary.Right),
        SqlIsNull test => HasAggregate(test.Argument),
        SqlBetween between => HasAggregate(between.Argument) || HasAggregate(between.Low) || HasAggregate(between.High),
        SqlIn list => HasAggregate(list.Argument) || list.Values.Any(HasAggregate),
        SqlCase branches => HasAggregate(branches.Operand) || HasAggregate(branches.Else) || branches.Branches.Any(static branch => HasAggregate(branch.When) || HasAggregate(branch.Then)),
        SqlCast cast => HasAggregate(cast.Argument),
        _ => false,
    };

    /// <summary>The groups' columns and aggregates, and the list over them.</summary>
    private (Plan Plan, List<(Expression, string)> Listed) Grouped(SqlSelect select, List<(SqlExpression Expression, string Name)> items, Plan plan, Scope scope)
    {
        if (select.Where is { } where && HasAggregate(where))
        {
            throw new ViewSqlException(where.At, "an aggregate cannot stand in a where: write having");
        }

        var groups = select.GroupBy.Select(group => Group(group, items, scope)).ToList();
        var aggregates = new Aggregates(groups.Count);
        Expression? Replace(SqlExpression expression) => OfGroup(expression, groups, aggregates, scope);

        var listed = items.Select(item => (Bind(item.Expression, scope, Replace), item.Name)).ToList();
        var having = select.Having is { } condition ? Condition(condition, scope, Replace) : null;
        var inputs = groups.Concat(aggregates.Arguments).ToList();
        plan = new ProjectPlan(plan, inputs, [.. inputs.Select(static input => new ViewColumn("", input.Type, input.Nullable))]);
        var columns = groups.Select(static group => new ViewColumn("", group.Type, group.Nullable))
            .Concat(aggregates.Calls.Select(static call => new ViewColumn("", call.Type, call.Function is not (AggregateFunction.Count or AggregateFunction.CountRows)))).ToList();
        plan = new AggregatePlan(plan, [.. Enumerable.Range(0, groups.Count)], aggregates.Calls, columns);
        return (having is null ? plan : new FilterPlan(plan, having), listed);
    }

    private Expression Group(SqlExpression group, List<(SqlExpression Expression, string Name)> items, Scope scope)
    {
        if (group is SqlNumber { Text: var text })
        {
            group = int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var place) && place >= 1 && place <= items.Count
                ? items[place - 1].Expression
                : throw new ViewSqlException(group.At, $"group by {text}: the list has {items.Count} columns");
        }

        if (HasAggregate(group))
        {
            throw new ViewSqlException(group.At, "an aggregate cannot be grouped by");
        }

        var bound = Bind(group, scope);
        return bound.Type.IsComparable && bound.Type != Unknown ? bound : throw new ViewSqlException(group.At, $"{bound.Type} has no equality to group by");
    }

    /// <summary>What stands for a part of a grouped select's list: a group's column or an aggregate; a column by itself is refused.</summary>
    private ColumnExpression? OfGroup(SqlExpression expression, List<Expression> groups, Aggregates aggregates, Scope scope)
    {
        if (expression is SqlCall { Over: null } call && Aggregates.IsName(call.Name.Split(':')[0]))
        {
            return Aggregate(call, aggregates, scope);
        }

        if (HasAggregate(expression) || expression is SqlNumber or SqlText or SqlBoolean)
        {
            return null;
        }

        var text = Bind(expression, scope).ToString();
        var found = groups.FindIndex(group => group.ToString() == text);
        if (found >= 0)
        {
            return new ColumnExpression(found, groups[found].Type, groups[found].Nullable);
        }

        return expression is SqlName or SqlPosition
            ? throw new ViewSqlException(expression.At, $"'{(expression as SqlName)?.Name ?? "*"}' is neither in group by nor in an aggregate")
            : null;
    }

    private ColumnExpression Aggregate(SqlCall call, Aggregates aggregates, Scope scope)
    {
        // The digits of an average come with its name from whoever rounds it.
        var (name, scale) = call.Name.Split(':') is [var first, var digits] ? (first, int.Parse(digits, System.Globalization.CultureInfo.InvariantCulture)) : (call.Name, (int?)null);
        if (call.Distinct)
        {
            throw new ViewSqlException(call.At, $"{name}(distinct …) is not supported: aggregate over a query with select distinct");
        }

        if (call.Star ? name != "count" || call.Arguments.Count > 0 : call.Arguments.Count != 1)
        {
            throw new ViewSqlException(call.At, $"{name}() takes one argument{(name == "count" ? ", or *" : "")}");
        }

        var argument = call.Star ? null : Bind(call.Arguments[0], scope);
        return argument?.Type == Unknown
            ? throw new ViewSqlException(call.At, "the type of null is not known here: write cast(null as …)")
            : aggregates.Add(call.At, name, argument, scale);
    }
}
