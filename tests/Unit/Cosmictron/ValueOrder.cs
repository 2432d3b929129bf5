using System.Text;

namespace Voxeltron.Tests.Unit.Cosmictron;

/// <summary>The order keys must have, written from the documents and not from the encoding: field by field, numbers by value, NaN last, text and bytes by bytes, nulls after all else.</summary>
internal sealed class ValueOrder : IComparer<object?[]>
{
    public int Compare(object?[]? x, object?[]? y)
    {
        for (var i = 0; i < x!.Length; i++)
        {
            var order = CompareValues(x[i], y![i]);
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    public static int CompareValues(object? x, object? y) => (x, y) switch
    {
        (null, null) => 0,
        (null, _) => 1,
        (_, null) => -1,
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => CompareDoubles(a, b),
        (bool a, bool b) => a.CompareTo(b),
        (string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b)),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (Units a, Units b) => a.Value.CompareTo(b.Value),
        (Moment a, Moment b) => a.UnixUs.CompareTo(b.UnixUs),
        _ => throw new InvalidOperationException("Key values of one column differ in type."),
    };

    private static int CompareDoubles(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b))
        {
            return double.IsNaN(a).CompareTo(double.IsNaN(b));
        }

        return a < b ? -1 : a > b ? 1 : 0;
    }
}
