namespace Voxeltron.Tests.Support.Histories;

public sealed record TotalOrderOptions
{
    /// <summary>
    /// Transactions that changed nothing have a place in the order too. If not, those without one are left out, and the
    /// verdict says how many, since their answers were not judged.
    /// </summary>
    public bool ReadsHavePlaces { get; init; } = true;
}
