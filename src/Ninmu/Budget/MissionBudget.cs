namespace Voxeltron.Ninmu;

/// <summary>What a spec says a mission may cost.</summary>
/// <param name="Limits">Of each dimension; <see cref="Unlimited"/> where the spec sets none: it is counted all the same.</param>
/// <param name="SoftPercent">Of a limit: what is spent beyond it is said once, and nothing is stopped.</param>
/// <param name="EscrowPercent">Of a limit: kept back from everything but what brings a reload to its end, or back.</param>
public sealed record MissionBudget(BudgetAmounts Limits, int SoftPercent, int EscrowPercent, OnBudget OnBudget)
{
    public const long Unlimited = long.MaxValue;
    public const int DefaultSoftPercent = 80;
    public const int DefaultEscrowPercent = 1;
}

/// <summary>What becomes of a mission whose budget does not allow what would come next.</summary>
public enum OnBudget
{
    /// <summary>Nothing more is dispatched or delivered; cells that wait are put away. A top-up lets it go on.</summary>
    Pause,

    /// <summary>Nothing more is dispatched; tasks that run go on for as long as what is left pays their events. A top-up lets it go on.</summary>
    Drain,

    /// <summary>The mission ends as failed, its tasks cancelled.</summary>
    Kill,
}

public static class OnBudgets
{
    public static string Word(this OnBudget onBudget) => onBudget switch
    {
        OnBudget.Pause => "pause",
        OnBudget.Drain => "drain",
        _ => "kill",
    };
}
