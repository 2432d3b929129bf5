namespace Voxeltron.Cli.Demo;

/// <summary>Nearest-rank percentiles of whole microseconds.</summary>
public sealed class Distribution
{
    private readonly List<long> _values = [];
    private bool _sorted = true;

    public int Count => _values.Count;

    public long Max => Percentile(1000);

    public void Add(long value)
    {
        _values.Add(value);
        _sorted = false;
    }

    /// <param name="perMille">500 is the median, 990 the 99th percentile.</param>
    public long Percentile(int perMille)
    {
        if (_values.Count == 0)
        {
            return 0;
        }

        if (!_sorted)
        {
            _values.Sort();
            _sorted = true;
        }

        var rank = (int)((((long)_values.Count * perMille) + 999) / 1000);
        return _values[Math.Clamp(rank, 1, _values.Count) - 1];
    }
}
