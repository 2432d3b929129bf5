using Voxeltron.Benchmarks;
using Xunit;

namespace Voxeltron.Tests.Unit.Benchmarks;

/// <summary>Jain's index of counts whose index is known.</summary>
public sealed class FairnessTests
{
    [Fact]
    public void Equal_counts_are_wholly_fair() => Assert.Equal(new Fairness(1, 7, 7, 7), Fairness.Of([7, 7, 7, 7], 4));

    [Fact]
    public void Cells_that_had_nothing_count() => Assert.Equal(new Fairness(0.25, 0, 0, 9), Fairness.Of([9], 4));

    [Fact]
    public void Uneven_counts_lie_between()
    {
        var fairness = Fairness.Of([1, 2, 3], 3);
        Assert.Equal(36.0 / 42, fairness.Jain, 12);
        Assert.Equal((1, 2, 3), (fairness.Min, fairness.Median, fairness.Max));
    }

    [Fact]
    public void Nothing_at_all_is_null_and_no_number() => Assert.Null(Fairness.Of([], 3).ToJson()["jain"]);
}
