using System.Buffers.Text;

namespace Voxeltron.Cosmictron;

/// <summary>Decimals as text with exactly <c>scale</c> digits after the point, and back. Values are units of 10^-scale below 10^28.</summary>
internal static class DecimalText
{
    /// <summary>Sign, point, a zero before it and 28 digits.</summary>
    public const int MaxBytes = 31;

    private const ulong TenToThe14 = 100_000_000_000_000;

    private static readonly Int128[] s_powers = Powers();

    /// <summary>10^<paramref name="digits"/>, up to <see cref="Column.MaxPrecision"/>.</summary>
    public static Int128 Power(int digits) => s_powers[digits];

    public static int Write(Int128 units, int scale, Span<byte> target)
    {
        // 28 digits, leading zeros included: two halves that 64 bits hold.
        Span<byte> digits = stackalloc byte[Column.MaxPrecision];
        var magnitude = (UInt128)Int128.Abs(units);
        var (high, low) = UInt128.DivRem(magnitude, TenToThe14);
        Utf8Formatter.TryFormat((ulong)high, digits, out _, new System.Buffers.StandardFormat('D', 14));
        Utf8Formatter.TryFormat((ulong)low, digits[14..], out _, new System.Buffers.StandardFormat('D', 14));

        var point = digits.Length - scale;
        var first = 0;
        while (first < point - 1 && digits[first] == (byte)'0')
        {
            first++;
        }

        var length = 0;
        if (units < 0)
        {
            target[length++] = (byte)'-';
        }

        if (point == 0)
        {
            // Scale 28: no digit is left for the whole part.
            target[length++] = (byte)'0';
        }
        else
        {
            digits[first..point].CopyTo(target[length..]);
            length += point - first;
        }

        if (scale > 0)
        {
            target[length++] = (byte)'.';
            digits[point..].CopyTo(target[length..]);
            length += scale;
        }

        return length;
    }

    /// <summary>Takes only the form <see cref="Write"/> gives: exactly the scale, no leading zero, no minus before zero.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, int scale, out Int128 units)
    {
        units = 0;
        if (text.Length > MaxBytes)
        {
            return false;
        }

        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c))
            {
                units = units * 10 + (c - '0');
            }
        }

        if (text.StartsWith('-'))
        {
            units = -units;
        }

        if (Int128.Abs(units) >= Power(Column.MaxPrecision))
        {
            return false;
        }

        Span<byte> written = stackalloc byte[MaxBytes];
        var length = Write(units, scale, written);
        return System.Text.Ascii.Equals(written[..length], text);
    }

    private static Int128[] Powers()
    {
        var powers = new Int128[Column.MaxPrecision + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
