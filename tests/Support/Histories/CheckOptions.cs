namespace Voxeltron.Tests.Support.Histories;

/// <summary>How much work a check may be. What was left out is in the verdict as undecided.</summary>
public sealed record CheckOptions
{
    /// <summary>Components of more operations are not searched; only their direct checks run.</summary>
    public int MaxSearchedOperations { get; init; } = 1_000;

    /// <summary>Placements tried per component: a few seconds' worth, and some hundred MB at worst.</summary>
    public long MaxSearchSteps { get; init; } = 1_000_000;
}
