namespace Voxeltron.Ninmu;

/// <summary>Why a mission's tasks are not to go on. The numbers stand in snapshots.</summary>
internal enum StopCause : byte
{
    Cancel = 0,

    /// <summary>A task failed, and the spec says that then all end.</summary>
    Failure = 1,
    Budget = 2,
    Deadline = 3,
}

internal static class StopCauses
{
    /// <summary>The outcome code of the tasks it ends, and the reason of the stops of their cells.</summary>
    public static string Code(this StopCause cause) => cause switch
    {
        StopCause.Failure => "mission_failed",
        StopCause.Budget => "budget_exhausted",
        StopCause.Deadline => "mission_deadline",
        _ => "cancel_requested",
    };

    /// <summary>Why the mission ended, for people.</summary>
    public static string Words(this StopCause cause) => cause switch
    {
        StopCause.Failure => "a task failed",
        StopCause.Budget => "budget exhausted",
        StopCause.Deadline => "deadline exceeded",
        _ => "cancel requested",
    };
}
