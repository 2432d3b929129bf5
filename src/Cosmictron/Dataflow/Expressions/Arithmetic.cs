namespace Voxeltron.Cosmictron;

internal enum Arithmetic
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// <summary>Two numbers of one type; null if either is. Whole numbers divide towards zero; no result wraps round.</summary>
internal sealed class ArithmeticExpression(Arithmetic operation, ViewType type, Expression left, Expression right)
    : CallExpression(type, left.Nullable || right.Nullable, left, right)
{
    protected override string Name => operation switch
    {
        Arithmetic.Add => "add",
        Arithmetic.Subtract => "sub",
        Arithmetic.Multiply => "mul",
        Arithmetic.Divide => "div",
        _ => "mod",
    };

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        var right = Arguments[1].Evaluate(context);
        if (left.IsNull || right.IsNull)
        {
            return Value.OfNull;
        }

        return Type.Type switch
        {
            ColumnType.Int64 => Value.Of(Whole(left.Int64, right.Int64)),
            ColumnType.Float64 => Value.Of(Floating(left.Float64, right.Float64)),
            _ => Value.OfUnits(Exact(left.Units, right.Units)),
        };
    }

    protected override Expression With(Expression[] arguments) => new ArithmeticExpression(operation, Type, arguments[0], arguments[1]);

    private long Whole(long left, long right)
    {
        try
        {
            return operation switch
            {
                Arithmetic.Add => checked(left + right),
                Arithmetic.Subtract => checked(left - right),
                Arithmetic.Multiply => checked(left * right),
                _ when right == 0 => throw ByZero(),
                // The one quotient that does not fit; its remainder does, and .NET will not compute it.
                Arithmetic.Divide => right == -1 ? checked(-left) : left / right,
                _ => right == -1 ? 0 : left % right,
            };
        }
        catch (OverflowException)
        {
            throw new ViewFault(ViewFault.OutOfRange, "a whole number is out of the range of int64");
        }
    }

    // As float8mul and its like: what is finite may become neither infinite nor, by division or multiplication, zero.
    private double Floating(double left, double right)
    {
        if (operation == Arithmetic.Divide && right == 0 && !double.IsNaN(left))
        {
            throw ByZero();
        }

        var result = operation switch
        {
            Arithmetic.Add => left + right,
            Arithmetic.Subtract => left - right,
            Arithmetic.Multiply => left * right,
            _ => left / right,
        };
        var overflows = double.IsInfinity(result) && !double.IsInfinity(left) && !double.IsInfinity(right);
        var underflows = result == 0 && left != 0 && operation switch
        {
            Arithmetic.Multiply => right != 0,
            Arithmetic.Divide => !double.IsInfinity(right),
            _ => false,
        };
        return overflows || underflows ? throw new ViewFault(ViewFault.OutOfRange, "a number is out of the range of float64") : result;
    }

    // Both sides have the result's scale, but for a product, whose scale is the sum of theirs.
    private Int128 Exact(Int128 left, Int128 right) => operation switch
    {
        Arithmetic.Add => Decimals.Check(left + right),
        Arithmetic.Subtract => Decimals.Check(left - right),
        Arithmetic.Multiply => Decimals.Multiply(left, right),
        _ => right == 0 ? throw ByZero() : left % right,
    };

    private static ViewFault ByZero() => new(ViewFault.DivisionByZero, "division by zero");
}

internal sealed class NegateExpression(Expression argument) : CallExpression(argument.Type, argument.Nullable, argument)
{
    protected override string Name => "neg";

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        return value.IsNull ? value : Type.Type switch
        {
            ColumnType.Float64 => Value.Of(-value.Float64),
            ColumnType.Int64 => value.Int64 != long.MinValue ? Value.Of(-value.Int64) : throw new ViewFault(ViewFault.OutOfRange, "a whole number is out of the range of int64"),
            _ => Value.OfUnits(-value.Units),
        };
    }

    protected override Expression With(Expression[] arguments) => new NegateExpression(arguments[0]);
}

/// <summary>round(left / right, n) of two decimals.</summary>
internal sealed class QuotientExpression(Expression left, Expression right, int scale)
    : CallExpression(ViewType.Decimal(scale), left.Nullable || right.Nullable, left, right)
{
    protected override string Name => $"quotient_{Type.Scale}";

    public override Value Evaluate(in EvaluationContext context)
    {
        var left = Arguments[0].Evaluate(context);
        var right = Arguments[1].Evaluate(context);
        return left.IsNull || right.IsNull
            ? Value.OfNull
            : Value.OfUnits(Decimals.Quotient(left.Units, Arguments[0].Type.Scale, right.Units, Arguments[1].Type.Scale, Type.Scale));
    }

    protected override Expression With(Expression[] arguments) => new QuotientExpression(arguments[0], arguments[1], Type.Scale);
}

internal sealed class AbsExpression(Expression argument) : CallExpression(argument.Type, argument.Nullable, argument)
{
    protected override string Name => "abs";

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        return value.IsNull ? value : Type.Type switch
        {
            ColumnType.Float64 => Value.Of(Math.Abs(value.Float64)),
            ColumnType.Int64 => value.Int64 != long.MinValue ? Value.Of(Math.Abs(value.Int64)) : throw new ViewFault(ViewFault.OutOfRange, "a whole number is out of the range of int64"),
            _ => Value.OfUnits(Int128.Abs(value.Units)),
        };
    }

    protected override Expression With(Expression[] arguments) => new AbsExpression(arguments[0]);
}
