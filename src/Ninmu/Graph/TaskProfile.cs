namespace Voxeltron.Ninmu;

/// <summary>A profile with the ready tasks that its restart policy holds back.</summary>
internal sealed class TaskProfile(ProfileRestarts restarts)
{
    public readonly ProfileRestarts Restarts = restarts;

    // What follows says nothing that facts do not: like the ready queue it is found again.

    /// <summary>Ready tasks that were met while the profile was held; perhaps stale, like those of the ready queue.</summary>
    public readonly PriorityQueue<TaskNode, long> Parked = new();

    /// <summary>The task handed out to be tried and not dispatched yet.</summary>
    public TaskNode? Taken;

    /// <summary>The hold was seen to be over: nobody need be woken for it.</summary>
    public bool IsDue;
}
