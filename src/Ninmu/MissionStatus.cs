namespace Voxeltron.Ninmu;

public enum MissionStatus
{
    /// <summary>At least one input takes items.</summary>
    Open,

    /// <summary>Every input is closed; tasks are left.</summary>
    Running,
    Completed,
    Failed,
    Cancelled,
}

public static class MissionStatuses
{
    /// <summary>The word of <c>control.mission.status</c>.</summary>
    public static string Word(this MissionStatus status) => status switch
    {
        MissionStatus.Open => "open",
        MissionStatus.Running => "running",
        MissionStatus.Completed => "completed",
        MissionStatus.Failed => "failed",
        MissionStatus.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No such mission status."),
    };
}
