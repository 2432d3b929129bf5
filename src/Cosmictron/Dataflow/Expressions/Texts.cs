namespace Voxeltron.Cosmictron;

/// <summary>left || right; null if either is.</summary>
internal sealed class ConcatExpression(Expression left, Expression right) : CallExpression(ViewType.Text, left.Nullable || right.Nullable, left, right)
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>A chain of these copies its left side at each link.</summary>
    private const int MostRowBytes = 16 * 1024 * 1024;

    protected override string Name => "concat";

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        var right = Arguments[1].Evaluate(context);
        if (left.IsNull || right.IsNull)
        {
            return Value.OfNull;
        }

        var bytes = left.Bytes(context).Length + right.Bytes(context).Length;
        if (bytes > MostBytes || context.Scratch.Length + bytes > MostRowBytes)
        {
            throw new ViewFault(ViewFault.OutOfRange, $"a text of {bytes} bytes; at most {MostBytes} are allowed, and {MostRowBytes} of all that are made of one row on the way");
        }

        var at = context.Scratch.Add(left.Bytes(context));
        context.Scratch.Add(right.Bytes(context));
        return Value.OfScratch(at, context.Scratch.Length - at);
    }

    protected override Expression With(Expression[] arguments) => new ConcatExpression(arguments[0], arguments[1]);
}

/// <summary>Characters of a text, as Postgres counts them in UTF-8: code points.</summary>
internal sealed class LengthExpression(Expression argument) : CallExpression(ViewType.Int64, argument.Nullable, argument)
{
    protected override string Name => "length";

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        if (value.IsNull)
        {
            return value;
        }

        var count = 0L;
        foreach (var unit in value.Bytes(context))
        {
            count += (unit & 0xC0) != 0x80 ? 1 : 0;
        }

        return Value.Of(count);
    }

    protected override Expression With(Expression[] arguments) => new LengthExpression(arguments[0]);
}
