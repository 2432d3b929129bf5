using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>One task of the running mission: a declared task, or one item of a mapped one. Changed only by the machine.</summary>
internal sealed class TaskNode(TaskPlan plan, int index, int item, string? itemKey, long timeUs)
{
    public readonly TaskPlan Plan = plan;

    /// <summary>Order of creation, which is the order of dispatch.</summary>
    public readonly int Index = index;

    /// <summary>Order of dispatch: by priority, then by creation.</summary>
    public readonly long Order = ((long)plan.Spec.Priority << 32) | (uint)index;

    /// <summary>Ordinal of the item in the mapped input; 0 for a task without map.</summary>
    public readonly int Item = item;
    public readonly string? ItemKey = itemKey;
    public readonly string Key = itemKey is null ? plan.Spec.Id : $"{plan.Spec.Id}/{itemKey}";
    public readonly long TimeCreatedUs = timeUs;

    public TaskState State;

    /// <summary>Edges and inputs not satisfied yet; ready at 0.</summary>
    public int Missing;

    /// <summary>The last attempt begun.</summary>
    public int Attempt;
    public CellId? Cell;

    /// <summary>What its last cell ran; null before the first.</summary>
    public ModuleDigest? Module;

    /// <summary>Why it ended, or is about to: refusal, abort, deadline; the upstream of a skip.</summary>
    public string? Code;
    public long LastSeq;

    /// <summary>The action that completed it; 0 before.</summary>
    public long ResultSeq;

    /// <summary>Its first event was committed without ending it; kept through later attempts, which go on from there.</summary>
    public bool Begun;

    /// <summary>It burnt a slice once: its events get all the fuel its profile allows.</summary>
    public bool IsLong;

    /// <summary>Attempts that are not counted: cut for want of budget, or made before somebody had it tried again.</summary>
    public int Forgiven;

    /// <summary>Times it was tried again after it had failed.</summary>
    public int Lives;

    /// <summary>What of its attempt's worst case is still held.</summary>
    public HeldPart Held;
    public long RetryAtUs;
    public long DeadlineUs = long.MaxValue;
    public long TimeModifiedUs = timeUs;

    /// <summary>In the list of changes since the last drain.</summary>
    public bool Dirty;

    // What those below say follows from calls with a clock, not from facts; a recovered machine finds it again.

    /// <summary>In the ready queue, perhaps stale.</summary>
    public bool Queued;

    /// <summary>What keeps it although it is ready, when it was last met; null: nothing but its turn.</summary>
    public string? KeptBy;

    /// <summary>Handed out by TryTakeReady, not dispatched yet.</summary>
    public bool Taken;

    /// <summary>Among those a decision is due of, perhaps stale.</summary>
    public bool Pending;

    /// <summary>A deadline decision is pending; not to be handed out.</summary>
    public bool Overdue;

    /// <summary>The attempts its retries are bounded by: not the one whose slice was burnt.</summary>
    public int CountedAttempts => Attempt - Forgiven - (IsLong ? 1 : 0);

    public bool IsTerminal => State >= TaskState.Completed;

    /// <summary>Runs with nothing in a handler: it may be ended from outside.</summary>
    public bool Waits => State == TaskState.Running && Begun;

    /// <summary>May be handed out or failed by its deadline.</summary>
    public bool IsStartable => State is TaskState.Ready or TaskState.Backoff;
}

/// <summary>What of an attempt's worst case a budget holds.</summary>
internal enum HeldPart : byte
{
    None,

    /// <summary>Its boot, and the delivery of the task.</summary>
    BootAndTask,
    Task,

    /// <summary>Its boot: the task itself was delivered to an earlier cell.</summary>
    Boot,
}
