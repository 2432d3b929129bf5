using System.Globalization;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>A value as another type; null stays null.</summary>
/// <param name="digits">Of a decimal, digits in all: more is out of range.</param>
internal sealed class ConvertExpression(Expression argument, ViewType type, int digits = Column.MaxPrecision) : CallExpression(type, argument.Nullable, argument)
{
    // Doubles next to the ends of int64 that are inside.
    private const double LeastWhole = -9_223_372_036_854_775_808d;
    private const double BeyondWhole = 9_223_372_036_854_775_808d;

    protected override string Name => digits == Column.MaxPrecision ? $"to_{Type}" : $"to_{Type}_{digits}";

    /// <summary>Whether there is such a conversion.</summary>
    public static bool IsKnown(ColumnType from, ColumnType to) => from == to || (from, to) switch
    {
        (ColumnType.Int64, ColumnType.Decimal or ColumnType.Float64 or ColumnType.Text) => true,
        (ColumnType.Decimal, ColumnType.Int64 or ColumnType.Float64) => true,
        (ColumnType.Float64, ColumnType.Int64) => true,
        (ColumnType.Bool, ColumnType.Text) => true,
        _ => false,
    };

    public override Value Evaluate(in EvaluationContext context)
    {
        var value = Arguments[0].Evaluate(context);
        if (value.IsNull)
        {
            return value;
        }

        var from = Arguments[0].Type;
        return (from.Type, Type.Type) switch
        {
            (ColumnType.Int64, ColumnType.Decimal) => Fitting(Decimals.Rescale(value.Int64, 0, Type.Scale)),
            (ColumnType.Decimal, ColumnType.Decimal) => Fitting(Decimals.Rescale(value.Units, from.Scale, Type.Scale)),
            (ColumnType.Decimal, ColumnType.Int64) => Value.Of(Whole(Decimals.Rescale(value.Units, from.Scale, 0))),
            (ColumnType.Int64, ColumnType.Float64) => Value.Of((double)value.Int64),
            // By way of its text: the nearest double, which a quotient of two doubles need not be.
            (ColumnType.Decimal, ColumnType.Float64) => Value.Of(double.Parse(Decimals.Text(value.Units, from.Scale), CultureInfo.InvariantCulture)),
            (ColumnType.Float64, ColumnType.Int64) => Value.Of(Whole(value.Float64)),
            (ColumnType.Int64, ColumnType.Text) => OfText(value.Int64.ToString(CultureInfo.InvariantCulture), context),
            (ColumnType.Bool, ColumnType.Text) => OfText(value.Bool ? "true" : "false", context),
            _ => value,
        };
    }

    protected override Expression With(Expression[] arguments) => new ConvertExpression(arguments[0], Type, digits);

    private Value Fitting(Int128 units)
    {
        var bound = DecimalText.Power(digits);
        return units < bound && units > -bound ? Value.OfUnits(units) : throw new ViewFault(ViewFault.OutOfRange, $"a decimal has more than {digits} digits");
    }

    private static long Whole(Int128 value) =>
        value >= long.MinValue && value <= long.MaxValue ? (long)value : throw new ViewFault(ViewFault.OutOfRange, "a whole number is out of the range of int64");

    // Postgres rounds a float's half to the even neighbour, a decimal's away from zero.
    private static long Whole(double value)
    {
        var rounded = Math.Round(value, MidpointRounding.ToEven);
        return rounded >= LeastWhole && rounded < BeyondWhole ? (long)rounded : throw new ViewFault(ViewFault.OutOfRange, "a whole number is out of the range of int64");
    }

    private static Value OfText(string text, in EvaluationContext context)
    {
        Span<byte> ascii = stackalloc byte[text.Length];
        Encoding.ASCII.GetBytes(text, ascii);
        return Value.OfScratch(context.Scratch.Add(ascii), ascii.Length);
    }
}
