using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// Something that stands in the mission's stream. The machine's state is a fold over these and nothing else; times are
/// those of the entries, in Unix microseconds, and <c>Seq</c> the entry that says so.
/// </summary>
public abstract record MissionFact(long TimeUs)
{
    public sealed record ItemAdded(string Input, string ItemKey, long Seq, long SizeBytes, long TimeUs) : MissionFact(TimeUs);

    /// <summary>Closing a closed input changes nothing.</summary>
    public sealed record InputClosed(string Input, long TimeUs) : MissionFact(TimeUs);

    public sealed record TaskDispatched(string TaskKey, int Attempt, CellId Cell, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>The task itself was delivered and did not end it: it runs on, waiting for a later event.</summary>
    public sealed record TaskWaits(string TaskKey, int Attempt, long Seq, long TimeUs) : MissionFact(TimeUs);

    public sealed record TaskCompleted(string TaskKey, int Attempt, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>The cell itself said no. Final: the same input would be refused again.</summary>
    public sealed record TaskRefused(string TaskKey, int Attempt, string Code, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>A later event of a task that is being tried was delivered, and it runs on.</summary>
    public sealed record EventReturned(string TaskKey, int Attempt, long TimeUs) : MissionFact(TimeUs);

    /// <summary>The attempt left no trace; another follows while attempts are left.</summary>
    /// <param name="Fault">What the restart policy of its profile counts.</param>
    public sealed record ActionAborted(string TaskKey, int Attempt, string Code, long Seq, long TimeUs, FaultClass Fault = FaultClass.None) : MissionFact(TimeUs);

    /// <summary>The crash loop that is due was written: nothing of the profile is dispatched for as long as its policy says.</summary>
    public sealed record IncidentOpened(string Profile, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>A task that was tried came back clean, or the mission ends.</summary>
    public sealed record IncidentClosed(string Profile, long TimeUs) : MissionFact(TimeUs);

    /// <summary>
    /// The attempt ran past its fuel slice and left no trace: the task is long from here on and comes again at once. Not counted
    /// among its attempts; a task burns its slice at most once.
    /// </summary>
    public sealed record SliceBurnt(string TaskKey, int Attempt, long Seq, long TimeUs) : MissionFact(TimeUs);

    public sealed record TaskFailed(string TaskKey, string Code, long Seq, long TimeUs) : MissionFact(TimeUs);

    public sealed record TaskSkipped(string TaskKey, string Upstream, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>Tasks that do not run, or wait, are cancelled at once; an attempt in a handler may still end, but is not repeated.</summary>
    public sealed record CancelRequested(long TimeUs) : MissionFact(TimeUs);

    /// <summary>Another host took over: what ran did not happen.</summary>
    public sealed record HostLost(long TimeUs) : MissionFact(TimeUs);

    /// <summary>From here on cells of tasks that declare the module are replaced one by one; new cells still run <paramref name="From"/>.</summary>
    /// <param name="RequestedSeq">The intent that asked for it.</param>
    public sealed record ReloadBegan(ModuleDigest Declared, ModuleDigest From, ModuleDigest To, long RequestedSeq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>A task that waits goes on in another cell, of the version the reload leads to, or back to; the attempt is the same.</summary>
    public sealed record CellReplaced(string TaskKey, int Attempt, CellId Cell, ModuleDigest Module, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>Every cell was replaced: new cells run the new version, and the old one is kept to go back to.</summary>
    public sealed record Reloaded(long TimeUs) : MissionFact(TimeUs);

    /// <summary>The new version could not begin: cells that were replaced go back.</summary>
    public sealed record ReloadFailed(string Code, long TimeUs) : MissionFact(TimeUs);

    /// <summary>After <see cref="ReloadFailed"/>: no cell runs the new version.</summary>
    public sealed record Restored(long TimeUs) : MissionFact(TimeUs);

    /// <summary>What an event of a task's cell cost, before what became of the task. Of missions with a budget alone.</summary>
    /// <param name="CellUs">Time in the handler, by the host's clock.</param>
    /// <param name="IsBoot">It was the cell's first.</param>
    public sealed record EventCharged(string TaskKey, long Fuel, long CellUs, bool IsBoot, long TimeUs) : MissionFact(TimeUs);

    /// <summary>The attempt was stopped in a handler because time in handlers was used up: it left no trace, and is not counted.</summary>
    public sealed record EventCut(string TaskKey, int Attempt, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>An action asked for something outside. Held if the budget allows it, else it is not to leave. Of missions with a budget alone.</summary>
    /// <param name="Need">The worst case.</param>
    /// <param name="Sent">What of it is spent as soon as it leaves.</param>
    public sealed record RequestBegan(string TaskKey, long Ticket, BudgetAmounts Need, BudgetAmounts Sent, long TimeUs) : MissionFact(TimeUs);

    /// <summary>What came of it was written; before what its task makes of that.</summary>
    public sealed record RequestEnded(string TaskKey, long Ticket, BudgetAmounts Actual, long TimeUs) : MissionFact(TimeUs);

    /// <summary>Memory kept warm since the last such fact.</summary>
    public sealed record WarmCharged(long MibMs, long TimeUs) : MissionFact(TimeUs);

    /// <summary>It was said that a soft limit is passed.</summary>
    public sealed record BudgetWarned(BudgetDimension Dimension, long TimeUs) : MissionFact(TimeUs);

    /// <summary>It was said that what would come next does not fit.</summary>
    /// <param name="Need">What it would take.</param>
    public sealed record BudgetExhausted(BudgetDimension Dimension, BudgetAmounts Need, long TimeUs) : MissionFact(TimeUs);

    public sealed record BudgetToppedUp(BudgetAmounts More, long TimeUs) : MissionFact(TimeUs);

    /// <summary>Nothing more is dispatched; what runs goes on. Pausing a paused mission changes nothing.</summary>
    public sealed record PauseRequested(long TimeUs) : MissionFact(TimeUs);

    public sealed record ResumeRequested(long TimeUs) : MissionFact(TimeUs);

    /// <summary>A failed task is ready again, with all its attempts, and what was skipped for it waits again.</summary>
    public sealed record TaskRetryRequested(string TaskKey, long Seq, long TimeUs) : MissionFact(TimeUs);

    /// <summary>The mission's deadline has passed: as a cancel, but it ends as failed.</summary>
    public sealed record MissionExpired(long TimeUs) : MissionFact(TimeUs);

    /// <summary>The decision to end was written.</summary>
    public sealed record MissionCompleted(long TimeUs) : MissionFact(TimeUs);
}
