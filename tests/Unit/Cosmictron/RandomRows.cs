using System.Globalization;
using System.Numerics;
using System.Text;
using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>A decimal as the model holds it.</summary>
internal sealed record Units(Int128 Value, int Scale);

/// <summary>A timestamp as the model holds it.</summary>
internal sealed record Moment(long UnixUs);

/// <summary>A JSON value as a guest may spell it and as it must be kept.</summary>
internal sealed record JsonPair(string Given, string Kept);

/// <summary>Values from small sets, so that keys collide often, with the awkward ones among them.</summary>
internal static class RandomRows
{
    // WebAssembly's canonical NaN; .NET's own double.NaN has the sign bit set.
    private static readonly double CanonicalNaN = BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000);

    private static readonly long[] Longs = [long.MinValue, -256, -1, 0, 1, 2, 255, 256, 1L << 53, long.MaxValue];
    private static readonly double[] Doubles =
        [double.NegativeInfinity, -1e300, -1.5, -double.Epsilon, -0.0, 0.0, double.Epsilon, 0.1, 1e21, double.MaxValue, double.PositiveInfinity, double.NaN, BitConverter.UInt64BitsToDouble(0xFFF8_0000_0000_0123)];
    private static readonly string[] Texts = ["", "a", "ab", "b", "a\u0001", "é", "\u007f", "\u0080", "\uFFFF", "\U0001F600", "\"\\/\b\f\n\r\t\u001f", "aa"];
    private static readonly byte[][] Blobs = [[], [0], [0, 0], [0, 1], [0, 255], [1], [255], [255, 0], [97, 0, 98]];
    private static readonly long[] Moments = [-62_135_596_800_000_000, -1, 0, 1, 1_780_000_000_000_000, 253_402_300_799_999_999];
    private static readonly JsonPair[] Jsons =
    [
        new("null", "null"), new("[]", "[]"), new(" { \"b\" : 1.50, \"a\" : [ true ] } ", """{"a":[true],"b":1.5}"""),
        new("\"\\u00e9\\n\"", "\"é\\n\""), new("1e3", "1000"), new("-0", "0"), new("9007199254740992", "9007199254740992"),
        new("1e-7", "1e-7"), new("0.10", "0.1"), new("\"\\\\u0000\"", "\"\\\\u0000\""),
    ];

    public static object Value(Random random, Column column) => column.Type switch
    {
        ColumnType.Int64 => Longs[random.Next(Longs.Length)],
        ColumnType.Float64 => Doubles[random.Next(Doubles.Length)],
        ColumnType.Bool => random.Next(2) == 0,
        ColumnType.Text => Texts[random.Next(Texts.Length)],
        ColumnType.Bytes => Blobs[random.Next(Blobs.Length)],
        ColumnType.Decimal => new Units(Decimal(random, column.Precision), column.Scale),
        ColumnType.Timestamp => new Moment(Moments[random.Next(Moments.Length)]),
        _ => Jsons[random.Next(Jsons.Length)],
    };

    public static object?[] Row(Random random, TableSchema schema) =>
        [.. schema.Columns.Select(c => c.Nullable && random.Next(4) == 0 ? null : Value(random, c))];

    public static byte[] Tuple(IEnumerable<object?> values)
    {
        var tuple = new TupleBuilder();
        foreach (var value in values)
        {
            _ = value switch
            {
                null => tuple.Null(),
                long v => tuple.Int64(v),
                double v => tuple.Float64(v),
                bool v => tuple.Bool(v),
                string v => tuple.Text(v),
                byte[] v => tuple.Bytes(v),
                Units v => tuple.Decimal(v.Value),
                Moment v => tuple.Timestamp(v.UnixUs),
                JsonPair v => tuple.Json(Encoding.UTF8.GetBytes(v.Given)),
                _ => throw new InvalidOperationException(value.GetType().Name),
            };
        }

        return tuple.ToArray();
    }

    /// <summary>What the store must hold for these values: one NaN, no negative zero in a key, JSON in its one form.</summary>
    public static object?[] AsStored(object?[] row, TableSchema schema) => [.. row.Select((v, i) => v switch
    {
        double d when double.IsNaN(d) => CanonicalNaN,
        double d when d == 0 && schema.Key.Contains(schema.Columns[i].Name) => 0.0,
        JsonPair j => new JsonPair(j.Kept, j.Kept),
        _ => v,
    })];

    /// <summary>The model's value against another of the model, or against what a view of the row says.</summary>
    public static bool Same(object? a, object? b) => (a, b) switch
    {
        (byte[] x, byte[] y) => x.AsSpan().SequenceEqual(y),
        (double x, double y) => double.IsNaN(x) ? double.IsNaN(y) : BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(y),
        (Units x, decimal y) => (BigInteger)x.Value == BigInteger.Parse(y.ToString("F" + x.Scale, CultureInfo.InvariantCulture).Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture),
        (Moment x, DateTime y) => y.Kind == DateTimeKind.Utc && DateTime.UnixEpoch.AddTicks(x.UnixUs * 10) == y,
        (JsonPair x, string y) => x.Kept == y,
        _ => Equals(a, b),
    };

    private static Int128 Decimal(Random random, int precision)
    {
        var most = Int128.Parse(new string('9', precision), CultureInfo.InvariantCulture);
        return random.Next(8) switch
        {
            0 => most,
            1 => -most,
            2 => most / 2,
            3 => -1,
            4 => 1,
            5 => Int128.Min(most, (Int128)ulong.MaxValue + 1),
            _ => 0,
        };
    }
}
