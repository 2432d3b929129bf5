namespace Voxeltron.Cosmictron;

/// <summary>case when … then … [else …] end: conditions and results in turn, then what is left over. Only what is reached is computed.</summary>
internal sealed class CaseExpression : CallExpression
{
    public CaseExpression(ViewType type, Expression[] arguments)
        : base(type, IsNullable(arguments), arguments)
    {
    }

    protected override string Name => "case";

    public override Value Evaluate(in EvaluationContext context)
    {
        for (var i = 0; i + 1 < Arguments.Length; i += 2)
        {
            var holds = Arguments[i].Evaluate(context);
            if (!holds.IsNull && holds.Bool)
            {
                return Arguments[i + 1].Evaluate(context);
            }
        }

        return Arguments[^1].Evaluate(context);
    }

    protected override Expression With(Expression[] arguments) => new CaseExpression(Type, arguments);

    private static bool IsNullable(Expression[] arguments)
    {
        var nullable = arguments[^1].Nullable;
        for (var i = 1; i < arguments.Length; i += 2)
        {
            nullable |= arguments[i].Nullable;
        }

        return nullable;
    }
}

/// <summary>The first argument that is not null.</summary>
internal sealed class CoalesceExpression(ViewType type, Expression[] arguments) : CallExpression(type, arguments.All(static argument => argument.Nullable), arguments)
{
    protected override string Name => "coalesce";

    public override Value Evaluate(in EvaluationContext context)
    {
        foreach (var argument in Arguments)
        {
            if (argument.Evaluate(context) is { IsNull: false } value)
            {
                return value;
            }
        }

        return Value.OfNull;
    }

    protected override Expression With(Expression[] arguments) => new CoalesceExpression(Type, arguments);
}

/// <summary>Null where the two are equal, else the first.</summary>
internal sealed class NullIfExpression(Expression first, Expression second) : CallExpression(first.Type, nullable: true, first, second)
{
    protected override string Name => "nullif";

    public override Value Evaluate(in EvaluationContext context)
    {
        var first = Arguments[0].Evaluate(context);
        var second = Arguments[1].Evaluate(context);
        return !first.IsNull && !second.IsNull && Values.Compare(Type.Type, first, second, context) == 0 ? Value.OfNull : first;
    }

    protected override Expression With(Expression[] arguments) => new NullIfExpression(arguments[0], arguments[1]);
}

/// <summary>greatest or least of the arguments that are not null.</summary>
internal sealed class ExtremeExpression(bool greatest, ViewType type, Expression[] arguments)
    : CallExpression(type, arguments.All(static argument => argument.Nullable), arguments)
{
    protected override string Name => greatest ? "greatest" : "least";

    public override Value Evaluate(in EvaluationContext context)
    {
        var best = Value.OfNull;
        foreach (var argument in Arguments)
        {
            var value = argument.Evaluate(context);
            if (!value.IsNull && (best.IsNull || (greatest ? Values.Compare(Type.Type, value, best, context) > 0 : Values.Compare(Type.Type, value, best, context) < 0)))
            {
                best = value;
            }
        }

        return best;
    }

    protected override Expression With(Expression[] arguments) => new ExtremeExpression(greatest, Type, arguments);
}
