using Voxeltron.Cosmictron;

namespace Voxeltron.Tests.Unit.Cosmictron;

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

    public static object Value(Random random, ColumnType type) => type switch
    {
        ColumnType.Int64 => Longs[random.Next(Longs.Length)],
        ColumnType.Float64 => Doubles[random.Next(Doubles.Length)],
        ColumnType.Bool => random.Next(2) == 0,
        ColumnType.Text => Texts[random.Next(Texts.Length)],
        _ => Blobs[random.Next(Blobs.Length)],
    };

    public static object?[] Row(Random random, TableSchema schema) =>
        [.. schema.Columns.Select(c => c.Nullable && random.Next(4) == 0 ? null : Value(random, c.Type))];

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
                _ => throw new InvalidOperationException(value.GetType().Name),
            };
        }

        return tuple.ToArray();
    }

    /// <summary>What the store must hold for these values: one NaN, no negative zero in a key.</summary>
    public static object?[] AsStored(object?[] row, TableSchema schema) =>
        [.. row.Select((v, i) => v is double d && (double.IsNaN(d) || (d == 0 && schema.Key.Contains(schema.Columns[i].Name))) ? (double.IsNaN(d) ? CanonicalNaN : 0.0) : v)];

    public static bool Same(object? a, object? b) => (a, b) switch
    {
        (byte[] x, byte[] y) => x.AsSpan().SequenceEqual(y),
        (double x, double y) => double.IsNaN(x) ? double.IsNaN(y) : BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(y),
        _ => Equals(a, b),
    };
}
