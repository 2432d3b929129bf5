using Superpower.Model;

namespace Voxeltron.Cosmictron;

/// <summary>
/// Makes a typed plan of a view's SQL. Every name is looked up in the mission's tables, every type is known, and whatever
/// Postgres could answer otherwise than the plan is refused: an order with ties, digits nobody named, sums that depend on order.
/// </summary>
internal sealed partial class Binder(IReadOnlyList<TableSchema> tables)
{
    /// <summary>Sources of all queries of one view: each join holds both its sides.</summary>
    private const int MostSources = 16;

    /// <summary>Rows a view may keep of each partition.</summary>
    private const long MostTop = 10_000;

    /// <summary>Columns of a query inside the view.</summary>
    private const int MostColumns = 1_024;

    /// <summary>Bytes of a column's name, as Postgres has it: it stands in every row that people read.</summary>
    private const int MostNameBytes = 63;

    /// <summary>Parts of one expression, and expressions that are bound for one view.</summary>
    private const int MostSize = 4_000;
    private const int MostBound = 50_000;

    private int _sources;
    private int _bound;

    /// <exception cref="ViewSqlException">Where and why it is no view.</exception>
    public static Plan Read(string sql, IReadOnlyList<TableSchema> tables)
    {
        var query = SqlParser.Read(sql);
        var plan = new Binder(tables).Query(query);
        if (plan.Columns.Count > TableSchema.MaxColumns)
        {
            throw new ViewSqlException(query.At, $"the view has {plan.Columns.Count} columns; at most {TableSchema.MaxColumns} are allowed");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in plan.Columns)
        {
            if (System.Text.Encoding.UTF8.GetByteCount(column.Name) > MostNameBytes)
            {
                throw new ViewSqlException(query.At, $"the name of a column has more than {MostNameBytes} bytes: name it with as");
            }

            if (!names.Add(column.Name))
            {
                throw new ViewSqlException(query.At, $"two columns of the view are called '{column.Name}': name them with as");
            }
        }

        return plan;
    }

    private Plan Query(SqlQuery query)
    {
        var plan = query.Parts is [var only] ? Part(only) : Union(query);
        if (query.Limit is null)
        {
            return query.Order.Count == 0 ? plan : throw new ViewSqlException(query.Order[0].By.At, "a view has no order of its own: order by goes with limit n");
        }

        if (query.Order.Count == 0)
        {
            throw new ViewSqlException(query.At, "limit without order by leaves to chance which rows there are");
        }

        var order = query.Order.Select(term => Term(term, OutputColumn(term.By, plan))).ToList();
        RequireTotal(query.Order[^1].By.At, plan, [], order);
        return new TopPlan(plan, [], order, Count(query.Order[0].By.At, query.Limit), withRank: false, plan.Columns);
    }

    private Plan Part(SqlPart part) => part.Select is { } select ? Select(select) : Query(part.Query!);

    private UnionPlan Union(SqlQuery query)
    {
        var parts = query.Parts.Select(Part).ToList();
        if (parts.Exists(part => part.Columns.Count != parts[0].Columns.Count))
        {
            throw new ViewSqlException(query.At, "the parts of a union have different numbers of columns");
        }

        var columns = new ViewColumn[parts[0].Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            var type = parts.Select(part => part.Columns[i].Type).Aggregate((left, right) => Common(query.At, left, right));
            columns[i] = new ViewColumn(parts[0].Columns[i].Name, type, parts.Exists(part => part.Columns[i].Nullable));
        }

        return new UnionPlan([.. parts.Select(part => Converted(query.At, part, columns))], columns);
    }

    private static Plan Converted(Position at, Plan plan, IReadOnlyList<ViewColumn> columns)
    {
        if (plan.Columns.Select(static column => column.Type).SequenceEqual(columns.Select(static column => column.Type)))
        {
            return plan;
        }

        return new ProjectPlan(plan, [.. columns.Select((column, i) => To(at, new ColumnExpression(i, plan.Columns[i].Type, plan.Columns[i].Nullable), column.Type))], columns);
    }

    private Plan Select(SqlSelect select)
    {
        if (Ranked(select) is { } ranked)
        {
            return ranked;
        }

        var (plan, scope) = From(select);
        return Listed(select, plan, scope);
    }

    /// <summary>The sources joined, and those rows of them that the where wants.</summary>
    private (Plan Plan, Scope Scope) From(SqlSelect select)
    {
        var scope = new Scope();
        var plan = Source(select, select.From, scope);
        foreach (var join in select.Joins)
        {
            plan = Join(select, join, plan, scope);
        }

        return (select.Where is { } where ? new FilterPlan(plan, Condition(where, scope)) : plan, scope);
    }

    private Plan Source(SqlSelect select, SqlSource source, Scope scope)
    {
        if (++_sources > MostSources)
        {
            throw new ViewSqlException(source.At, $"a view reads at most {MostSources} sources");
        }

        var qualifier = source.Alias ?? (source as SqlTable)?.Name;
        if (qualifier is not null && scope.HasQualifier(qualifier))
        {
            throw new ViewSqlException(source.At, $"two sources are called '{qualifier}': name one with as");
        }

        var plan = source is SqlTable table ? Scan(select, table) : Query(((SqlSubquery)source).Query);
        scope.Add(qualifier, plan.Columns);
        return plan;
    }

    private ScanPlan Scan(SqlSelect select, SqlTable source)
    {
        var table = tables.FirstOrDefault(table => table.Name == source.Name)
            ?? throw new ViewSqlException(source.At, $"there is no table '{source.Name}'; there are {string.Join(", ", tables.Select(static table => table.Name))}");
        if (table.Scope == TableScope.Cell)
        {
            throw new ViewSqlException(source.At, $"table '{table.Name}' is of scope cell: its rows are each cell's own");
        }

        var used = UsedNames.In(select, source.Alias ?? source.Name);
        int[] ordinals = [.. Enumerable.Range(0, table.Columns.Count).Where(i => used is null || used.Contains(table.Columns[i].Name))];
        return new ScanPlan(table, ordinals, [.. ordinals.Select(i => table.Columns[i]).Select(static column => new ViewColumn(column.Name, new ViewType(column.Type, column.Scale), column.Nullable))]);
    }

    private Plan Join(SqlSelect select, SqlJoin join, Plan left, Scope scope)
    {
        var width = scope.Count;
        var right = Source(select, join.Source, scope);
        var parts = new JoinCondition(width);
        foreach (var condition in Conjuncts(join.On))
        {
            parts.Add(condition.At, Condition(condition, scope), join.Outer);
        }

        if (parts.LeftKeys.Count == 0)
        {
            throw new ViewSqlException(join.On.At, "a join needs an equality between its two sides, such as a.id = b.id");
        }

        left = parts.OfLeft is { } ofLeft ? new FilterPlan(left, ofLeft) : left;
        right = parts.OfRight is { } ofRight ? new FilterPlan(right, ofRight.Move(position => position - width)) : right;
        var columns = left.Columns.Concat(right.Columns.Select(column => column with { Nullable = column.Nullable || join.Outer })).ToList();
        Plan plan = new JoinPlan(left, right, join.Outer, parts.LeftKeys, [.. parts.RightKeys.Select(key => key.Move(position => position - width))], columns);
        if (join.Outer)
        {
            scope.MakeNullable(width);
        }

        return parts.OfBoth is { } ofBoth ? new FilterPlan(plan, ofBoth) : plan;
    }

    private static IEnumerable<SqlExpression> Conjuncts(SqlExpression condition) =>
        condition is SqlBinary { Operator: "and" } and ? Conjuncts(and.Left).Concat(Conjuncts(and.Right)) : [condition];

    /// <summary>The list of a select, its groups and its having, over the rows of its sources.</summary>
    private Plan Listed(SqlSelect select, Plan plan, Scope scope)
    {
        var items = Items(select, scope);
        List<(Expression Expression, string Name)> listed;
        if (select.GroupBy.Count == 0 && select.Having is null && !items.Exists(static item => HasAggregate(item.Expression)))
        {
            listed = [.. items.Select(item => (Bind(item.Expression, scope), item.Name))];
        }
        else
        {
            (plan, listed) = Grouped(select, items, plan, scope);
        }

        var columns = new List<ViewColumn>();
        var expressions = new List<Expression>();
        foreach (var ((expression, name), item) in listed.Zip(items))
        {
            var typed = expression.Type == Unknown ? throw new ViewSqlException(item.Expression.At, "the type of null is not known here: write cast(null as …)") : expression;
            expressions.Add(typed);
            columns.Add(new ViewColumn(name, typed.Type, typed.Nullable));
        }

        Plan projected = IsWhole(plan, expressions, columns) ? plan : new ProjectPlan(plan, expressions, columns);
        if (!select.Distinct)
        {
            return projected;
        }

        return columns.Find(static column => !column.Type.IsComparable) is { } json
            ? throw new ViewSqlException(select.At, $"column '{json.Name}' is json, which has no equality: distinct cannot compare it")
            : new DistinctPlan(projected);
    }

    private static bool IsWhole(Plan plan, List<Expression> expressions, List<ViewColumn> columns) =>
        expressions.Count == plan.Columns.Count && columns.SequenceEqual(plan.Columns)
        && expressions.Select(static (expression, i) => expression is ColumnExpression column && column.Position == i).All(static same => same);

    private static List<(SqlExpression Expression, string Name)> Items(SqlSelect select, Scope scope)
    {
        var items = new List<(SqlExpression, string)>();
        foreach (var item in select.Items)
        {
            if (items.Count + (item.Expression is null ? scope.Count : 1) > MostColumns)
            {
                throw new ViewSqlException(select.At, $"this has more than {MostColumns} columns");
            }

            if (item.Expression is { } expression)
            {
                items.Add((expression, item.Alias ?? NameOf(expression)));
                continue;
            }

            items.AddRange(scope.Star(item.At, item.Qualifier).Select(position => ((SqlExpression)new SqlPosition(item.At, position), scope.Columns[position].Name)));
        }

        return items;
    }

    // As Postgres names columns that nobody named.
    private static string NameOf(SqlExpression expression) => expression switch
    {
        SqlName name => name.Name,
        SqlCall call => call.Name,
        SqlCast { Argument: SqlName name } => name.Name,
        SqlCase => "case",
        _ => "?column?",
    };

    private static OrderTerm Term(SqlOrder order, int column) => new(column, order.Descending, order.NullsFirst ?? order.Descending);

    private static int OutputColumn(SqlExpression by, Plan plan)
    {
        var found = by switch
        {
            SqlNumber { Text: var text } when int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var place)
                && place >= 1 && place <= plan.Columns.Count => place - 1,
            SqlName { Qualifier: null } name => plan.Columns.ToList().FindIndex(column => column.Name == name.Name),
            _ => -1,
        };
        if (found < 0)
        {
            throw new ViewSqlException(by.At, "order by … limit takes columns of the view, by name or number");
        }

        return plan.Columns[found].Type.IsComparable ? found : throw new ViewSqlException(by.At, $"{plan.Columns[found].Type} has no order");
    }

    private static void RequireTotal(Position at, Plan plan, IReadOnlyCollection<int> partition, IReadOnlyCollection<OrderTerm> order)
    {
        var fixedColumns = partition.Concat(order.Select(static term => term.Column)).ToHashSet();
        var keys = PlanKeys.Of(plan);
        if (keys.Any(key => key.IsSubsetOf(fixedColumns)))
        {
            return;
        }

        var missing = keys.Select(key => key.Except(fixedColumns).Select(column => plan.Columns[column].Name)).MinBy(static names => names.Count());
        throw new ViewSqlException(at, missing is null
            ? "which of two equal rows comes first would be left to chance, and these rows have no key to end the order with"
            : $"which of two equal rows comes first would be left to chance: end the order with {string.Join(", ", missing)}");
    }

    private static long Count(Position at, string limit) =>
        long.TryParse(limit, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= MostTop
            ? count
            : throw new ViewSqlException(at, $"a view keeps 1 to {MostTop} first rows, not {limit}");
}
