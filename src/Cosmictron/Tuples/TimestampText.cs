using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Cosmictron;

/// <summary>Timestamps as RFC 3339 in UTC with six fraction digits, and back.</summary>
internal static class TimestampText
{
    /// <summary>0001-01-01T00:00:00.000000Z.</summary>
    public const long MinUs = -62_135_596_800_000_000;

    /// <summary>9999-12-31T23:59:59.999999Z.</summary>
    public const long MaxUs = 253_402_300_799_999_999;

    public const int Bytes = 27;

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static void Write(long unixUs, Span<byte> target) =>
        UnixTime.ToDateTime(unixUs).TryFormat(target, out _, Format, CultureInfo.InvariantCulture);

    public static bool TryRead(ReadOnlySpan<char> text, out long unixUs)
    {
        var read = DateTime.TryParseExact(
            text, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time);
        unixUs = read ? UnixTime.FromDateTime(time) : 0;
        return read;
    }
}
