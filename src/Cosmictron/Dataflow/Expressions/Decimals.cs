using System.Numerics;
using System.Text;

namespace Voxeltron.Cosmictron;

/// <summary>Decimals as Postgres' numeric computes them, in units of a fixed scale and of at most 28 digits.</summary>
internal static class Decimals
{
    // numeric.c: a quotient has at least so many significant digits, counted in groups of four.
    private const int LeastQuotientDigits = 16;
    private const int GroupDigits = 4;

    private static readonly Int128 s_bound = DecimalText.Power(Column.MaxPrecision);

    public static string Text(Int128 units, int scale)
    {
        Span<byte> text = stackalloc byte[DecimalText.MaxBytes];
        return Encoding.ASCII.GetString(text[..DecimalText.Write(units, scale, text)]);
    }

    /// <exception cref="ViewFault">More digits than a decimal may have.</exception>
    public static Int128 Check(Int128 units) => units < s_bound && units > -s_bound ? units : throw TooLarge();

    public static Int128 Multiply(Int128 left, Int128 right)
    {
        if (left >= long.MinValue && left <= long.MaxValue && right >= long.MinValue && right <= long.MaxValue)
        {
            return Check(left * right);
        }

        var product = (BigInteger)left * (BigInteger)right;
        return BigInteger.Abs(product) < (BigInteger)s_bound ? (Int128)product : throw TooLarge();
    }

    /// <summary>The same value with more or fewer digits after the point; a half goes away from zero.</summary>
    public static Int128 Rescale(Int128 units, int from, int to)
    {
        if (to >= from)
        {
            return Multiply(units, DecimalText.Power(to - from));
        }

        var divisor = DecimalText.Power(from - to);
        var (quotient, rest) = Int128.DivRem(units, divisor);
        return Int128.Abs(rest) * 2 >= divisor ? quotient + Int128.Sign(units) : quotient;
    }

    /// <summary>
    /// round(left / right, scale) as Postgres has it: the quotient is rounded to the digits numeric division gives, and that
    /// once more to the scale.
    /// </summary>
    /// <exception cref="ViewFault">Division by zero, or too large.</exception>
    public static Int128 Quotient(Int128 left, int leftScale, Int128 right, int rightScale, int scale)
    {
        if (right == 0)
        {
            throw new ViewFault(ViewFault.DivisionByZero, "division by zero");
        }

        var digits = QuotientScale(left, leftScale, right, rightScale);
        // left / 10^leftScale divided by right / 10^rightScale, in units of 10^-digits.
        var numerator = (BigInteger)left * BigInteger.Pow(10, Math.Max(digits + rightScale - leftScale, 0));
        var denominator = (BigInteger)right * BigInteger.Pow(10, Math.Max(leftScale - rightScale - digits, 0));
        var quotient = Round(numerator, denominator);
        quotient = scale >= digits ? quotient * BigInteger.Pow(10, scale - digits) : Round(quotient, BigInteger.Pow(10, digits - scale));
        return BigInteger.Abs(quotient) < (BigInteger)s_bound ? (Int128)quotient : throw TooLarge();
    }

    /// <summary>Digits after the point of a numeric quotient: select_div_scale of Postgres' numeric.c.</summary>
    private static int QuotientScale(Int128 left, int leftScale, Int128 right, int rightScale)
    {
        var (leftWeight, leftFirst) = FirstGroup(left, leftScale);
        var (rightWeight, rightFirst) = FirstGroup(right, rightScale);
        var weight = leftWeight - rightWeight - (leftFirst <= rightFirst ? 1 : 0);
        return Math.Max(Math.Max(LeastQuotientDigits - (weight * GroupDigits), 0), Math.Max(leftScale, rightScale));
    }

    /// <summary>The first group of four digits that is not 0000, counted from the point: 0 is the group before it.</summary>
    private static (int Weight, int Digits) FirstGroup(Int128 units, int scale)
    {
        if (units == 0)
        {
            return (0, 0);
        }

        // Aligned, so that the point lies between two groups.
        var padding = (GroupDigits - (scale % GroupDigits)) % GroupDigits;
        var rest = BigInteger.Abs((BigInteger)units) * BigInteger.Pow(10, padding);
        var weight = -(scale + padding) / GroupDigits;
        while (rest >= 10_000)
        {
            rest /= 10_000;
            weight++;
        }

        return (weight, (int)rest);
    }

    private static BigInteger Round(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        return BigInteger.Abs(rest) * 2 >= BigInteger.Abs(denominator) ? quotient + (numerator.Sign * denominator.Sign) : quotient;
    }

    private static ViewFault TooLarge() => new(ViewFault.OutOfRange, $"a decimal has more than {Column.MaxPrecision} digits");
}
