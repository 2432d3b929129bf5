namespace Voxeltron.Ninmu;

/// <summary>How a mission as a whole is to be run.</summary>
/// <param name="Budget">What it may cost; null: it is not counted.</param>
/// <param name="DeadlineMs">From its submission; null: none.</param>
/// <param name="Rates">By name.</param>
public sealed record SpecOptions(MissionBudget? Budget, OnFailure OnFailure, long? DeadlineMs, IReadOnlyDictionary<string, SpecRate> Rates)
{
    public static readonly SpecOptions Default = new(null, OnFailure.Continue, null, new Dictionary<string, SpecRate>());
}

/// <summary>How often tasks that name it may be dispatched: on average <paramref name="Tasks"/> in each period, and as many at once.</summary>
public sealed record SpecRate(string Name, int Tasks, long PeriodMs);

/// <summary>What a failed task means to its mission.</summary>
public enum OnFailure
{
    /// <summary>The others go on; the mission ends as failed.</summary>
    Continue,

    /// <summary>The others are cancelled at once.</summary>
    FailFast,

    /// <summary>The others go on, and the mission does not end before the failed ones were tried again, or it is cancelled.</summary>
    Hold,
}
