using System.Runtime.CompilerServices;

namespace Voxeltron.Ninmu;

/// <summary>An amount of each dimension, in its own unit. A value: nothing is allocated for it.</summary>
[InlineArray(BudgetDimensions.Count)]
public struct BudgetAmounts
{
    private long _first;

    public long this[BudgetDimension dimension]
    {
        readonly get => ((ReadOnlySpan<long>)this)[(int)dimension];
        set => ((Span<long>)this)[(int)dimension] = value;
    }

    public static BudgetAmounts Of(BudgetDimension dimension, long amount)
    {
        var amounts = default(BudgetAmounts);
        amounts[dimension] = amount;
        return amounts;
    }

    /// <summary>Nothing of anything.</summary>
    public readonly bool IsZero => !((ReadOnlySpan<long>)this).ContainsAnyExcept(0);

    public static BudgetAmounts operator *(in BudgetAmounts amounts, int times)
    {
        var product = amounts;
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            product[i] *= times;
        }

        return product;
    }

    public readonly bool Equals(in BudgetAmounts other) => ((ReadOnlySpan<long>)this).SequenceEqual(other);

    public static BudgetAmounts operator +(in BudgetAmounts left, in BudgetAmounts right)
    {
        var sum = left;
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            sum[i] += right[i];
        }

        return sum;
    }
}
