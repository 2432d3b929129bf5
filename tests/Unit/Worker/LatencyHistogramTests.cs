using Voxeltron.CellWorker;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: a percentile is never below the true one and at most 1/32 above it. Method: the sorted values themselves as the oracle.</summary>
public sealed class LatencyHistogramTests
{
    private static readonly double[] s_shares = [0.5, 0.9, 0.99, 0.999];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 31)]
    [InlineData(3, 1_000)]
    [InlineData(4, 20_000)]
    [InlineData(5, 20_000)]
    public void Percentiles_are_those_of_the_sorted_values_within_a_bucket(int seed, int count)
    {
        var random = new Random(seed);
        var histogram = new LatencyHistogram();
        var values = Enumerable.Range(0, count).Select(_ => (long)Math.Exp(random.NextDouble() * 40)).ToArray();
        foreach (var value in values)
        {
            histogram.Record(value);
        }

        Array.Sort(values);
        var summary = histogram.Summary(1);
        Assert.Equal(count, summary.N);
        Assert.Equal(values[^1], summary.Max);
        foreach (var (share, said) in s_shares.Zip([summary.P50, summary.P90, summary.P99, summary.P999]))
        {
            var exact = values[(int)Math.Ceiling(count * share) - 1];
            Assert.InRange(said, exact, Math.Max(exact * (1 + (1.0 / 32)), exact + 1));
        }
    }

    [Fact]
    public void Small_values_are_exact_and_what_lies_before_zero_is_zero()
    {
        var histogram = new LatencyHistogram();
        for (var value = -3; value < 32; value++)
        {
            histogram.Record(value);
        }

        var summary = histogram.Summary(1);
        Assert.Equal((35, 14.0, 31.0, 31.0), (summary.N, summary.P50, summary.P99, summary.Max));
    }

    [Fact]
    public void One_record_may_stand_for_many_and_the_unit_is_the_reader_s()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(10, times: 99);
        histogram.Record(30);
        var summary = histogram.Summary(0.1);
        Assert.Equal((100, 1.0, 1.0, 3.0), (summary.N, summary.P50, summary.P99, summary.Max));
        histogram.Clear();
        Assert.Equal(new LatencySummary(0, 0, 0, 0, 0, 0), histogram.Summary(1));
    }

    [Fact]
    public void The_longest_time_there_is_has_a_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(long.MaxValue);
        Assert.Equal(long.MaxValue, histogram.Summary(1).P50);
    }
}
