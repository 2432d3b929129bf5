namespace Voxeltron.Ninmu;

/// <summary>The numbers of those a mission ends with stand in snapshots.</summary>
public enum MissionStatus
{
    /// <summary>At least one input takes items.</summary>
    Open,

    /// <summary>Every input is closed; tasks are left.</summary>
    Running,
    Completed,
    Failed,
    Cancelled,

    /// <summary>Somebody paused it: nothing is dispatched until it is resumed.</summary>
    Paused,

    /// <summary>Its budget does not allow what would come next; a top-up lets it go on.</summary>
    BudgetExhausted,
}

public static class MissionStatuses
{
    /// <summary>The word of <c>control.mission.status</c>.</summary>
    public static string Word(this MissionStatus status) => status switch
    {
        MissionStatus.Open => "open",
        MissionStatus.Running => "running",
        MissionStatus.Paused => "paused",
        MissionStatus.BudgetExhausted => "budget_exhausted",
        MissionStatus.Completed => "completed",
        MissionStatus.Failed => "failed",
        MissionStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such mission status."),
    };
}
