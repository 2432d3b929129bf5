using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>Random trees over two small tables that have columns of every type.</summary>
internal sealed class RandomPlans(Random random)
{
    public static readonly TableSchema[] Tables =
    [
        new("fact",
            [
                new("id", ColumnType.Int64), new("g", ColumnType.Int64, Nullable: true), new("n", ColumnType.Int64, Nullable: true),
                new("t", ColumnType.Text, Nullable: true), new("d", ColumnType.Decimal, Nullable: true, 28, 2),
                new("x", ColumnType.Float64, Nullable: true), new("b", ColumnType.Bytes, Nullable: true), new("f", ColumnType.Bool, Nullable: true),
            ],
            ["id"]),
        new("unused", [new("id", ColumnType.Int64)], ["id"]),
        new("place",
            [
                new("name", ColumnType.Text), new("k", ColumnType.Int64, Nullable: true), new("at", ColumnType.Timestamp, Nullable: true),
                new("doc", ColumnType.Json, Nullable: true), new("fee", ColumnType.Decimal, Nullable: true, 6, 3),
            ],
            ["name"]),
    ];

    public Plan Next(int depth) => depth == 0 ? Scan() : random.Next(9) switch
    {
        0 => Scan(),
        1 => Filter(Next(depth - 1)),
        2 => Project(Next(depth - 1)),
        3 or 4 => Join(Next(depth - 1), Next(Math.Min(depth - 1, 1))),
        5 => Aggregate(Next(depth - 1)),
        6 => new DistinctPlan(Next(depth - 1)),
        7 => Union(Next(depth - 1)),
        _ => Top(Next(depth - 1)),
    };

    private ScanPlan Scan()
    {
        var table = Tables[random.Next(2) * 2];
        var ordinals = Enumerable.Range(0, table.Columns.Count).Where(_ => random.Next(3) > 0).OrderBy(_ => random.Next()).ToArray();
        if (ordinals.Length == 0)
        {
            ordinals = [0];
        }

        return new ScanPlan(table, ordinals, [.. ordinals.Select(o => new ViewColumn(table.Columns[o].Name, new ViewType(table.Columns[o].Type, table.Columns[o].Scale), table.Columns[o].Nullable))]);
    }

    private FilterPlan Filter(Plan input)
    {
        var numbers = Positions(input, ColumnType.Int64);
        return numbers.Count == 0 || random.Next(4) == 0
            ? new FilterPlan(input, random.Next(4) == 0 ? new Same(new IsNullOf(Column(input, random.Next(input.Columns.Count)))) : Not(new IsNullOf(Column(input, random.Next(input.Columns.Count)))))
            : new FilterPlan(input, new Less(random.Next(4) == 0 ? new Divide(new NumberLiteral(7), Number(input)) : Number(input), new NumberLiteral(random.Next(-2, 6))));
    }

    private static Less Not(IsNullOf condition) => new(new Truth(condition), new NumberLiteral(1));

    private ProjectPlan Project(Plan input)
    {
        var expressions = new List<Expression>();
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(input.Columns.Count);
            var column = Column(input, at);
            expressions.Add(random.Next(6) switch
            {
                0 => new Same(column),
                1 when column.Type.Type is ColumnType.Text or ColumnType.Bytes => new Twice(column),
                1 when column.Type.Type is ColumnType.Int64 => random.Next(3) == 0 ? new Divide(new NumberLiteral(9), new OrZero(column)) : new OrZero(column),
                2 when column.Type.Type is ColumnType.Int64 => new Divide(column, Number(input)),
                3 => new IsNullOf(column),
                _ => column,
            });
        }

        return new ProjectPlan(input, expressions, [.. expressions.Select(static (e, i) => new ViewColumn($"e{i}", e.Type, e.Nullable))]);
    }

    private JoinPlan Join(Plan left, Plan right)
    {
        var left1 = new List<Expression>();
        var right1 = new List<Expression>();
        foreach (var type in new[] { ColumnType.Int64, ColumnType.Text })
        {
            var (a, b) = (Positions(left, type), Positions(right, type));
            if (a.Count > 0 && b.Count > 0 && random.Next(3) > 0)
            {
                left1.Add(Column(left, a[random.Next(a.Count)]));
                right1.Add(Column(right, b[random.Next(b.Count)]));
                if (type == ColumnType.Int64 && random.Next(8) == 0)
                {
                    right1[^1] = new Divide(right1[^1], Number(right));
                }
            }
        }

        var outer = random.Next(2) == 0;
        return new JoinPlan(left, right, outer, left1, right1, [.. left.Columns, .. right.Columns.Select(c => c with { Nullable = c.Nullable || outer })]);
    }

    private AggregatePlan Aggregate(Plan input)
    {
        var groups = Enumerable.Range(0, input.Columns.Count).Where(_ => random.Next(4) == 0).OrderBy(_ => random.Next()).ToArray();
        var calls = new List<AggregateCall>();
        for (var i = random.Next(0, 5); i >= 0; i--)
        {
            var at = random.Next(input.Columns.Count);
            var type = input.Columns[at].Type;
            calls.Add(random.Next(6) switch
            {
                0 => new AggregateCall(AggregateFunction.Count, at, ViewType.Int64),
                1 when type.Type == ColumnType.Int64 => new AggregateCall(AggregateFunction.Sum, at, random.Next(2) == 0 ? ViewType.Int64 : ViewType.Decimal(0)),
                1 or 2 when type.Type == ColumnType.Decimal => new AggregateCall(AggregateFunction.Sum, at, type),
                2 when type.Type is ColumnType.Int64 => new AggregateCall(AggregateFunction.Avg, at, ViewType.Decimal(6)),
                3 when type.Type is ColumnType.Decimal => new AggregateCall(AggregateFunction.Avg, at, ViewType.Decimal(6)),
                1 or 3 when type.IsComparable => new AggregateCall(AggregateFunction.Min, at, type),
                2 or 4 when type.IsComparable => new AggregateCall(AggregateFunction.Max, at, type),
                _ => new AggregateCall(AggregateFunction.CountRows, -1, ViewType.Int64),
            });
        }

        return new AggregatePlan(input, groups, calls, [.. groups.Select(g => input.Columns[g]), .. calls.Select(static (c, i) => new ViewColumn($"a{i}", c.Type, true))]);
    }

    private UnionPlan Union(Plan input) =>
        random.Next(3) == 0 ? new UnionPlan([input, input], input.Columns) : new UnionPlan([input, Filter(input), new DistinctPlan(input)], input.Columns);

    private Plan Top(Plan input)
    {
        var comparable = Enumerable.Range(0, input.Columns.Count).Where(i => input.Columns[i].Type.IsComparable).ToList();
        if (comparable.Count < input.Columns.Count)
        {
            return new DistinctPlan(input);
        }

        var partition = comparable.Where(_ => random.Next(4) == 0).ToArray();
        var order = comparable.OrderBy(_ => random.Next()).Select(i => new OrderTerm(i, random.Next(2) == 0, random.Next(2) == 0)).ToList();
        var withRank = random.Next(2) == 0;
        return new TopPlan(input, partition, order, random.Next(0, 5), withRank, withRank ? [.. input.Columns, new ViewColumn("rank", ViewType.Int64, false)] : input.Columns);
    }

    private Expression Number(Plan input)
    {
        var numbers = Positions(input, ColumnType.Int64);
        return numbers.Count == 0 ? new NumberLiteral(random.Next(1, 3)) : Column(input, numbers[random.Next(numbers.Count)]);
    }

    private static ColumnExpression Column(Plan input, int at) => new(at, input.Columns[at].Type, input.Columns[at].Nullable);

    private static List<int> Positions(Plan input, ColumnType type) =>
        [.. Enumerable.Range(0, input.Columns.Count).Where(i => input.Columns[i].Type.Type == type)];

    /// <summary>A bool as 0 or 1.</summary>
    private sealed class Truth(Expression argument) : CallExpression(ViewType.Int64, false, argument), INaiveExpression
    {
        protected override string Name => "truth";

        public override Value Evaluate(in EvaluationContext context) => Value.Of(Arguments[0].Evaluate(context).Bool ? 1L : 0L);

        public object? Naive(object?[] row) => NaiveExpressions.Of(Arguments[0], row) is true ? 1L : 0L;

        protected override Expression With(Expression[] arguments) => new Truth(arguments[0]);
    }
}
