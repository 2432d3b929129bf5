namespace Voxeltron.Ninmu;

/// <summary>A declared task with its edges resolved and the nodes it has so far: one, or one per item.</summary>
internal sealed class TaskPlan(SpecTask spec, TaskProfile profile)
{
    public readonly SpecTask Spec = spec;
    public readonly TaskProfile Profile = profile;
    public readonly List<TaskEdge> Upstream = [];
    public readonly List<TaskEdge> Downstream = [];
    public readonly List<TaskNode> Nodes = [];

    /// <summary>The mapped input; null when the task runs once.</summary>
    public InputState? Map;

    /// <summary>The single input it reads; null when it reads none.</summary>
    public InputState? Reads;

    /// <summary>The task whose result it reads.</summary>
    public TaskPlan? ResultFrom;

    /// <summary>Nodes not terminal: what a join counts down.</summary>
    public int Live;

    /// <summary>Nodes that run.</summary>
    public int Running;

    /// <summary>Nodes that failed, and were not tried again since.</summary>
    public int Failed;

    /// <summary>Nodes their cells refused.</summary>
    public int Refused;

    /// <summary>The rate it is counted against; null: none.</summary>
    public RateGauge? Rate;

    /// <summary>Ready nodes that were met while as many ran as may; perhaps stale.</summary>
    public readonly PriorityQueue<TaskNode, long> Parked = new();

    /// <summary>One more may be dispatched now.</summary>
    public bool HasRoom => Spec.MaxParallel is not { } most || Running < most;

    /// <summary>No further node will come and every one has ended: a join over this task is satisfied.</summary>
    public bool IsSettled => Live == 0 && Map is not { Closed: false };
}

/// <summary>An edge between declared tasks; what it connects follows from who is mapped.</summary>
internal sealed record TaskEdge(TaskPlan From, TaskPlan To, DependencyWhen When)
{
    /// <summary>Item n waits for item n.</summary>
    public bool IsElementwise => From.Map is not null && To.Map is not null;

    /// <summary>One task waits for all items.</summary>
    public bool IsJoin => From.Map is not null && To.Map is null;
}
