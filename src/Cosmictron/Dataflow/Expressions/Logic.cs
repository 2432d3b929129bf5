namespace Voxeltron.Cosmictron;

/// <summary>Three-valued: false wins over null, null over true.</summary>
internal sealed class AndExpression(Expression left, Expression right) : CallExpression(ViewType.Bool, left.Nullable || right.Nullable, left, right)
{
    protected override string Name => "and";

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        if (!left.IsNull && !left.Bool)
        {
            return left;
        }

        var right = Arguments[1].Evaluate(context);
        return !right.IsNull && !right.Bool ? right : left.IsNull ? left : right;
    }

    protected override Expression With(Expression[] arguments) => new AndExpression(arguments[0], arguments[1]);
}

/// <summary>Three-valued: true wins over null, null over false.</summary>
internal sealed class OrExpression(Expression left, Expression right) : CallExpression(ViewType.Bool, left.Nullable || right.Nullable, left, right)
{
    protected override string Name => "or";

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        if (!left.IsNull && left.Bool)
        {
            return left;
        }

        var right = Arguments[1].Evaluate(context);
        return !right.IsNull && right.Bool ? right : left.IsNull ? left : right;
    }

    protected override Expression With(Expression[] arguments) => new OrExpression(arguments[0], arguments[1]);
}

internal sealed class NotExpression(Expression argument) : CallExpression(ViewType.Bool, argument.Nullable, argument)
{
    protected override string Name => "not";

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        return value.IsNull ? value : Value.Of(!value.Bool);
    }

    protected override Expression With(Expression[] arguments) => new NotExpression(arguments[0]);
}

internal sealed class IsNullExpression(Expression argument) : CallExpression(ViewType.Bool, nullable: false, argument)
{
    protected override string Name => "is_null";

    public override Value Evaluate(in EvaluationContext context) => Value.Of(Arguments[0].Evaluate(context).IsNull);

    protected override Expression With(Expression[] arguments) => new IsNullExpression(arguments[0]);
}

internal enum Comparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>Two values of one type; null if either is.</summary>
internal sealed class CompareExpression(Comparison comparison, Expression left, Expression right)
    : CallExpression(ViewType.Bool, left.Nullable || right.Nullable, left, right)
{
    public bool IsEquality => comparison == Comparison.Equal;

    public Expression Left => Arguments[0];

    public Expression Right => Arguments[1];

    protected override string Name => comparison switch
    {
        Comparison.Equal => "eq",
        Comparison.NotEqual => "ne",
        Comparison.Less => "lt",
        Comparison.LessOrEqual => "le",
        Comparison.Greater => "gt",
        _ => "ge",
    };

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        var right = Arguments[1].Evaluate(context);
        if (left.IsNull || right.IsNull)
        {
            return Value.OfNull;
        }

        var order = Values.Compare(Arguments[0].Type.Type, left, right, context);
        return Value.Of(comparison switch
        {
            Comparison.Equal => order == 0,
            Comparison.NotEqual => order != 0,
            Comparison.Less => order < 0,
            Comparison.LessOrEqual => order <= 0,
            Comparison.Greater => order > 0,
            _ => order >= 0,
        });
    }

    protected override Expression With(Expression[] arguments) => new CompareExpression(comparison, arguments[0], arguments[1]);
}

internal static class Values
{
    /// <summary>The order of two values that are not null, as Postgres has it: texts by bytes, NaN above all and equal to itself, -0 equal to 0.</summary>
    public static int Compare(ColumnType type, in Value left, in Value right, in EvaluationContext context) => type switch
    {
        ColumnType.Text or ColumnType.Bytes or ColumnType.Json => left.Bytes(context).SequenceCompareTo(right.Bytes(context)),
        ColumnType.Float64 => CompareFloats(left.Float64, right.Float64),
        _ => left.Units.CompareTo(right.Units),
    };

    private static int CompareFloats(double left, double right)
    {
        if (double.IsNaN(left) || double.IsNaN(right))
        {
            return double.IsNaN(left).CompareTo(double.IsNaN(right));
        }

        return left < right ? -1 : left > right ? 1 : 0;
    }
}
