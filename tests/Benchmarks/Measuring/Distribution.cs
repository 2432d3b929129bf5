namespace Voxeltron.Benchmarks;

/// <summary>A sample of durations with nearest-rank percentiles: every figure is a value that was measured, none is interpolated.</summary>
public sealed class Distribution
{
    private readonly double[] _sorted;

    public Distribution(IEnumerable<double> values)
    {
        _sorted = [.. values];
        Array.Sort(_sorted);
    }

    public int Count => _sorted.Length;

    public double P50 => PerMille(500);

    public double P90 => PerMille(900);

    public double P99 => PerMille(990);

    public double P999 => PerMille(999);

    public double Max => PerMille(1000);

    /// <summary>The smallest value that at least <paramref name="perMille"/> thousandths of the sample do not exceed; NaN of nothing.</summary>
    public double PerMille(int perMille)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perMille);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perMille, 1000);
        if (_sorted.Length == 0)
        {
            return double.NaN;
        }

        var rank = (((long)_sorted.Length * perMille) + 999) / 1000;
        return _sorted[rank - 1];
    }

    /// <summary>The same sample in another unit.</summary>
    public Distribution Scaled(double factor) => new(_sorted.Select(value => value * factor));
}
