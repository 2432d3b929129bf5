using Voxeltron.Benchmarks;
using Xunit;

namespace Voxeltron.Tests.Unit.Benchmarks;

/// <summary>
/// The arithmetic every published figure goes through. Method: samples whose percentiles are known by counting.
/// </summary>
public sealed class DistributionTests
{
    [Fact]
    public void Percentiles_of_one_to_a_thousand_are_the_ranks_themselves()
    {
        var sample = new Distribution(Enumerable.Range(1, 1000).Reverse().Select(static i => (double)i));

        Assert.Equal((500, 900, 990, 999, 1000), (sample.P50, sample.P90, sample.P99, sample.P999, sample.Max));
        Assert.Equal(1000, sample.Count);
    }

    [Fact]
    public void A_percentile_is_always_a_measured_value_and_rounds_up_to_the_slower_one()
    {
        var sample = new Distribution([1, 2, 100]);

        Assert.Equal(2, sample.P50);
        Assert.Equal(100, sample.P90);
    }

    [Fact]
    public void One_slow_value_in_a_hundred_is_the_99th_percentile_only_when_there_are_two()
    {
        var one = new Distribution(Enumerable.Repeat(1.0, 99).Append(50));
        var two = new Distribution(Enumerable.Repeat(1.0, 98).Append(50).Append(50));

        Assert.Equal(1, one.P99);
        Assert.Equal(50, two.P99);
        Assert.Equal(50, one.Max);
    }

    [Fact]
    public void A_single_value_is_every_percentile_of_itself()
    {
        var sample = new Distribution([7.5]);

        Assert.Equal((7.5, 7.5, 7.5), (sample.PerMille(1), sample.P50, sample.Max));
    }

    [Fact]
    public void Nothing_measured_is_no_number()
    {
        var sample = new Distribution([]);

        Assert.True(double.IsNaN(sample.P50) && double.IsNaN(sample.Max));
        Assert.Equal(0, sample.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void A_rank_outside_the_sample_is_refused(int perMille) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Distribution([1]).PerMille(perMille));
}
