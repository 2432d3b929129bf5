using System.Globalization;

namespace Voxeltron.Ultra;

/// <summary>Numbers as ECMAScript prints them (ECMA-262, Number::toString), which is what RFC 8785 asks for.</summary>
internal static class JcsNumber
{
    /// <summary>The largest integer a double still tells from its neighbours.</summary>
    public const long MaxSafeInteger = (1L << 53) - 1;

    public static bool IsSafe(long value) => value is <= MaxSafeInteger and >= -MaxSafeInteger;

    public static void Write(JcsBuffer target, double value)
    {
        if (value == 0)
        {
            // Negative zero prints as zero.
            target.Append((byte)'0');
            return;
        }

        if (value < 0)
        {
            target.Append((byte)'-');
            value = -value;
        }

        Span<byte> digits = stackalloc byte[32];
        var count = ShortestDigits(value, digits, out var point);
        WriteDigits(target, digits[..count], point);
    }

    /// <summary>Two JSON numbers have the same decimal value, however they are written.</summary>
    public static bool SameValue(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var x = Digits.Of(a);
        var y = Digits.Of(b);
        if (x.IsZero || y.IsZero)
        {
            return x.IsZero && y.IsZero;
        }

        if (x.Negative != y.Negative || x.Point != y.Point)
        {
            return false;
        }

        int i = x.First, j = y.First;
        for (; i <= x.Last && j <= y.Last; i++, j++)
        {
            i += a[i] == '.' ? 1 : 0;
            j += b[j] == '.' ? 1 : 0;
            if (a[i] != b[j])
            {
                return false;
            }
        }

        return i > x.Last && j > y.Last;
    }

    /// <summary>The shortest digits that read back as <paramref name="value"/>, without leading or trailing zeros; the value is 0.digits × 10^point.</summary>
    private static int ShortestDigits(double value, Span<byte> digits, out int point)
    {
        // "E16" would print 17 digits; "R" prints the shortest ones, in either notation.
        Span<byte> text = stackalloc byte[40];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        var exponent = 0;
        var mantissa = text[..length];
        var mark = mantissa.IndexOf((byte)'E');
        if (mark >= 0)
        {
            exponent = int.Parse(mantissa[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..mark];
        }

        var dot = mantissa.IndexOf((byte)'.');
        point = (dot < 0 ? mantissa.Length : dot) + exponent;
        var count = 0;
        foreach (var c in mantissa)
        {
            if (c == '.')
            {
                continue;
            }

            if (c == '0' && count == 0)
            {
                // A leading zero is no digit; it moves the point.
                point--;
                continue;
            }

            digits[count++] = c;
        }

        while (digits[count - 1] == '0')
        {
            count--;
        }

        return count;
    }

    private static void WriteDigits(JcsBuffer target, ReadOnlySpan<byte> digits, int point)
    {
        const int LongestPlain = 21;
        const int SmallestPlain = -6;
        if (digits.Length <= point && point <= LongestPlain)
        {
            target.Append(digits);
            Zeros(target, point - digits.Length);
        }
        else if (point is > 0 and <= LongestPlain)
        {
            target.Append(digits[..point]);
            target.Append((byte)'.');
            target.Append(digits[point..]);
        }
        else if (point is > SmallestPlain and <= 0)
        {
            target.Append("0."u8);
            Zeros(target, -point);
            target.Append(digits);
        }
        else
        {
            target.Append(digits[0]);
            if (digits.Length > 1)
            {
                target.Append((byte)'.');
                target.Append(digits[1..]);
            }

            target.Append((byte)'e');
            target.Append((byte)(point > 0 ? '+' : '-'));
            target.AppendInteger(Math.Abs(point - 1));
        }
    }

    private static void Zeros(JcsBuffer target, int count)
    {
        for (; count > 0; count--)
        {
            target.Append((byte)'0');
        }
    }

    /// <summary>A JSON number taken apart: its first and last digits that are not zero; the value is 0.digits × 10^point.</summary>
    private readonly record struct Digits(bool Negative, int First, int Last, long Point)
    {
        // Far beyond a double's range, and no sum of two of them overflows.
        private const long LargestExponent = 1_000_000_000;

        public bool IsZero => First < 0;

        public static Digits Of(ReadOnlySpan<byte> text)
        {
            int first = -1, last = -1;
            long before = 0, leading = 0;
            var dot = false;
            var at = 0;
            for (; at < text.Length && text[at] is not ((byte)'e' or (byte)'E'); at++)
            {
                var c = text[at];
                if (c == '.')
                {
                    dot = true;
                }
                else if (c != '-')
                {
                    before += dot ? 0 : 1;
                    if (c != '0')
                    {
                        first = first < 0 ? at : first;
                        last = at;
                    }

                    leading += first < 0 ? 1 : 0;
                }
            }

            return new Digits(text[0] == '-', first, last, before - leading + Exponent(text[at..]));
        }

        private static long Exponent(ReadOnlySpan<byte> text)
        {
            var value = 0L;
            foreach (var c in text)
            {
                value = c is >= (byte)'0' and <= (byte)'9' ? Math.Min(LargestExponent, value * 10 + (c - '0')) : value;
            }

            return text.Length > 1 && text[1] == '-' ? -value : value;
        }
    }
}
