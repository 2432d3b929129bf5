using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Voxeltron.Cosmictron;

/// <summary>
/// JSON scalars with one spelling each, since write sets are compared byte by byte: strings escape only what RFC 8785
/// escapes, and in its spelling; doubles are the shortest text that reads back to the same bits.
/// </summary>
internal static class JsonText
{
    private static readonly SearchValues<byte> NeedEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(i => (byte)i), (byte)'"', (byte)'\\']);

    /// <summary>Bytes a byte's escape is longer than the byte.</summary>
    private static readonly byte[] s_escapeGrowth = [.. Enumerable.Range(0, 256).Select(static i => GrowthOf((byte)i))];

    public static void WriteInt64(IBufferWriter<byte> target, long value)
    {
        Utf8Formatter.TryFormat(value, target.GetSpan(20), out var written);
        target.Advance(written);
    }

    public static void WriteFloat64(IBufferWriter<byte> target, double value)
    {
        if (double.IsFinite(value))
        {
            value.TryFormat(target.GetSpan(32), out var written, default, CultureInfo.InvariantCulture);
            target.Advance(written);
            return;
        }

        target.Write(double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
    }

    /// <summary>A string, since JSON readers make a double of a number.</summary>
    public static void WriteDecimal(IBufferWriter<byte> target, Int128 units, int scale)
    {
        var span = target.GetSpan(DecimalText.MaxBytes + 2);
        span[0] = (byte)'"';
        var length = DecimalText.Write(units, scale, span[1..]);
        span[length + 1] = (byte)'"';
        target.Advance(length + 2);
    }

    public static void WriteTimestamp(IBufferWriter<byte> target, long unixUs)
    {
        var span = target.GetSpan(TimestampText.Bytes + 2);
        span[0] = (byte)'"';
        TimestampText.Write(unixUs, span[1..]);
        span[TimestampText.Bytes + 1] = (byte)'"';
        target.Advance(TimestampText.Bytes + 2);
    }

    /// <summary>Base64 in the object form that tells bytes from text.</summary>
    public static void WriteBase64(IBufferWriter<byte> target, ReadOnlySpan<byte> value)
    {
        target.Write("{\"base64\":\""u8);
        Base64.EncodeToUtf8(value, target.GetSpan(Base64.GetMaxEncodedToUtf8Length(value.Length)), out _, out var written);
        target.Advance(written);
        target.Write("\"}"u8);
    }

    public static void WriteString(IBufferWriter<byte> target, ReadOnlySpan<byte> utf8)
    {
        target.Write("\""u8);
        while (utf8.IndexOfAny(NeedEscape) is var escape and >= 0)
        {
            target.Write(utf8[..escape]);
            WriteEscape(target, utf8[escape]);
            utf8 = utf8[(escape + 1)..];
        }

        target.Write(utf8);
        target.Write("\""u8);
    }

    /// <summary>Bytes <see cref="WriteString"/> writes for this text, quotes included.</summary>
    public static int EncodedLength(ReadOnlySpan<byte> utf8)
    {
        var length = utf8.Length + 2;
        var first = utf8.IndexOfAny(NeedEscape);
        if (first < 0)
        {
            return length;
        }

        // Text with one escape often has many; a look into a table costs each byte the same, whatever a guest fills it with.
        foreach (var value in utf8[first..])
        {
            length += s_escapeGrowth[value];
        }

        return length;
    }

    private static void WriteEscape(IBufferWriter<byte> target, byte value)
    {
        var letter = ShortEscape(value);
        if (letter != 0)
        {
            target.Write([(byte)'\\', letter]);
            return;
        }

        target.Write("\\u00"u8);
        target.Write([value < 0x10 ? (byte)'0' : (byte)'1', "0123456789abcdef"u8[value & 0xF]]);
    }

    private static byte GrowthOf(byte value) =>
        (byte)(value >= 0x20 && value is not ((byte)'"' or (byte)'\\') ? 0 : ShortEscape(value) == 0 ? 5 : 1);

    private static byte ShortEscape(byte value) => value switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };
}
