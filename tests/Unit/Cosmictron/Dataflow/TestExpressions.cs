using System.Text;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron.Dataflow;

/// <summary>An expression that can also be computed over a decoded row, so that a naive recomputation needs nothing of the circuit.</summary>
internal interface INaiveExpression
{
    object? Naive(object?[] row);
}

internal static class NaiveExpressions
{
    public static object? Of(Expression expression, object?[] row) =>
        expression is ColumnExpression column ? row[column.Position] : ((INaiveExpression)expression).Naive(row);
}

internal sealed class NumberLiteral(long value) : Expression(ViewType.Int64, nullable: false), INaiveExpression
{
    public override Value Evaluate(in EvaluationContext context) => Value.Of(value);

    public object? Naive(object?[] row) => value;

    public override void AddColumns(ISet<int> columns)
    {
    }

    public override Expression Move(Func<int, int> position) => this;

    public override string ToString() => $"{value}";
}

/// <summary>int64 by int64; no value by zero.</summary>
internal sealed class Divide(Expression left, Expression right) : CallExpression(ViewType.Int64, true, left, right), INaiveExpression
{
    protected override string Name => "divide";

    public override Value Evaluate(in EvaluationContext context)
    {
        var (a, b) = (Arguments[0].Evaluate(context), Arguments[1].Evaluate(context));
        return a.IsNull || b.IsNull ? Value.OfNull
            : b.Int64 == 0 ? throw new ViewFault(ViewFault.DivisionByZero, "division by zero")
            : Value.Of(b.Int64 == -1 ? unchecked(-a.Int64) : a.Int64 / b.Int64);
    }

    public object? Naive(object?[] row)
    {
        var (a, b) = (NaiveExpressions.Of(Arguments[0], row), NaiveExpressions.Of(Arguments[1], row));
        return a is null || b is null ? null
            : (long)b == 0 ? throw new ViewFault(ViewFault.DivisionByZero, "division by zero")
            : (long)b == -1 ? unchecked(-(long)a) : (long)a / (long)b;
    }

    protected override Expression With(Expression[] arguments) => new Divide(arguments[0], arguments[1]);
}

internal sealed class Less(Expression left, Expression right) : CallExpression(ViewType.Bool, true, left, right), INaiveExpression
{
    protected override string Name => "less";

    public override Value Evaluate(in EvaluationContext context)
    {
        var (a, b) = (Arguments[0].Evaluate(context), Arguments[1].Evaluate(context));
        return a.IsNull || b.IsNull ? Value.OfNull : Value.Of(a.Int64 < b.Int64);
    }

    public object? Naive(object?[] row) =>
        NaiveExpressions.Of(Arguments[0], row) is long a && NaiveExpressions.Of(Arguments[1], row) is long b ? a < b : null;

    protected override Expression With(Expression[] arguments) => new Less(arguments[0], arguments[1]);
}

internal sealed class IsNullOf(Expression argument) : CallExpression(ViewType.Bool, false, argument), INaiveExpression
{
    protected override string Name => "isnull";

    public override Value Evaluate(in EvaluationContext context) => Value.Of(Arguments[0].Evaluate(context).IsNull);

    public object? Naive(object?[] row) => NaiveExpressions.Of(Arguments[0], row) is null;

    protected override Expression With(Expression[] arguments) => new IsNullOf(arguments[0]);
}

/// <summary>An int64, 0 for null.</summary>
internal sealed class OrZero(Expression argument) : CallExpression(ViewType.Int64, false, argument), INaiveExpression
{
    protected override string Name => "orzero";

    public override Value Evaluate(in EvaluationContext context) =>
        Arguments[0].Evaluate(context) is { IsNull: false } value ? value : Value.Of(0L);

    public object? Naive(object?[] row) => NaiveExpressions.Of(Arguments[0], row) ?? 0L;

    protected override Expression With(Expression[] arguments) => new OrZero(arguments[0]);
}

/// <summary>A text or bytes twice, one behind the other.</summary>
internal sealed class Twice(Expression argument) : CallExpression(argument.Type, argument.Nullable, argument), INaiveExpression
{
    protected override string Name => "twice";

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        if (value.IsNull)
        {
            return value;
        }

        var bytes = value.Bytes(context);
        var length = bytes.Length;
        var start = context.Scratch.Add(bytes);
        context.Scratch.Add(context.Scratch.Written.Slice(start, length));
        return Value.OfScratch(start, length * 2);
    }

    public object? Naive(object?[] row) => NaiveExpressions.Of(Arguments[0], row) switch
    {
        string text => text + text,
        byte[] bytes => bytes.Concat(bytes).ToArray(),
        _ => null,
    };

    protected override Expression With(Expression[] arguments) => new Twice(arguments[0]);
}

/// <summary>A value of each kind as it is, by way of decoding and encoding.</summary>
internal sealed class Same(Expression argument) : CallExpression(argument.Type, argument.Nullable, argument), INaiveExpression
{
    protected override string Name => "same";

    public override Value Evaluate(in EvaluationContext context) => Arguments[0].Evaluate(context);

    public object? Naive(object?[] row) => NaiveExpressions.Of(Arguments[0], row);

    protected override Expression With(Expression[] arguments) => new Same(arguments[0]);
}

/// <summary>Rows as lists of values, and as texts that are equal when SQL's rows are.</summary>
internal static class ModelRow
{
    public static object?[] Decode(IReadOnlyList<ViewColumn> columns, ReadOnlySpan<byte> row)
    {
        var values = new Value[columns.Count];
        var scratch = new Scratch();
        new RowCodec(columns).Decode(row, values, scratch);
        var context = new EvaluationContext(row, values, scratch);
        var decoded = new object?[columns.Count];
        for (var i = 0; i < decoded.Length; i++)
        {
            decoded[i] = values[i].IsNull ? null : columns[i].Type.Type switch
            {
                ColumnType.Int64 => values[i].Int64,
                ColumnType.Float64 => values[i].Float64,
                ColumnType.Bool => values[i].Bool,
                ColumnType.Text => Encoding.UTF8.GetString(values[i].Bytes(context)),
                ColumnType.Bytes => values[i].Bytes(context).ToArray(),
                ColumnType.Decimal => new Units(values[i].Units, columns[i].Type.Scale),
                ColumnType.Timestamp => new Moment(values[i].Int64),
                _ => new JsonPair("", Encoding.UTF8.GetString(values[i].Bytes(context))),
            };
        }

        return decoded;
    }

    public static string Text(IEnumerable<object?> row) => string.Join('|', row.Select(Text));

    public static string Text(object? value) => value switch
    {
        null => "null",
        double.NaN => "nan",
        double d => "d" + BitConverter.DoubleToInt64Bits(d == 0 ? 0.0 : d),
        string s => "s" + s.Replace("|", "||", StringComparison.Ordinal),
        byte[] b => "b" + Convert.ToHexString(b),
        Units u => $"u{u.Value}/{u.Scale}",
        Moment m => "m" + m.UnixUs,
        JsonPair j => "j" + j.Kept,
        _ => value.ToString()!,
    };
}
