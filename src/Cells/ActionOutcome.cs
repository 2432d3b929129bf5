using Voxeltron.Cosmictron;

namespace Voxeltron.Cells;

public enum ActionStatus
{
    /// <summary>The handler returned 0 and concluded nothing; for a task that is a completion with an empty result.</summary>
    Returned,

    /// <summary>It called complete and returned 0.</summary>
    Completed,

    /// <summary>It called fail and returned 0: a final, named refusal.</summary>
    Refused,

    /// <summary>The handler returned 0 and concluded nothing, but waits for a timer or an answer, or follows a view: its task goes on with a later event.</summary>
    Waiting,

    /// <summary>Anything else. The transaction must be aborted and the cell is dead.</summary>
    Aborted,
}

public enum CellLogLevel
{
    Error = 1,
    Warning = 2,
    Information = 3,
    Debug = 4,
}

public sealed record CellLog(CellLogLevel Level, string Text);

public sealed record CellEmit(string Name, byte[] Value);

/// <summary>A timer begun by an event.</summary>
/// <param name="Ticket">From 1, counted through the task's life.</param>
/// <param name="DelayUs">From the event's <c>now</c>. Microseconds, not negative.</param>
/// <param name="Tag">What the guest wants to be told when it runs out.</param>
public readonly record struct CellTimer(long Ticket, long DelayUs, string Tag);

/// <summary>What one delivered event did beside its writes, which are in the transaction.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Code">The guest's code of a refusal, or one of <see cref="AbortCodes"/>; else null.</param>
/// <param name="Message">Text of a refusal, or for the operator's log the engine's account of an abort. Not part of replay.</param>
/// <param name="Result">Bytes given to complete; empty otherwise.</param>
/// <param name="ReturnValue">The handler's return value; 0 unless it returned.</param>
/// <param name="FuelUsed">Exact and the same on every machine for the same module, input and fingerprint.</param>
/// <param name="Logs">In order.</param>
/// <param name="Emits">In order.</param>
/// <param name="Timers">In order of ticket; none when the task is concluded or the event aborted.</param>
public sealed record ActionOutcome(
    ActionStatus Status,
    string? Code,
    string? Message,
    byte[] Result,
    int ReturnValue,
    long FuelUsed,
    IReadOnlyList<CellLog> Logs,
    IReadOnlyList<CellEmit> Emits,
    IReadOnlyList<CellTimer> Timers)
{
    /// <summary>What the task follows from now on, in order of ticket; none when the task is concluded or the event aborted.</summary>
    public IReadOnlyList<CellSubscription> Subscribed { get; init; } = [];

    /// <summary>Tickets it follows no more, applied after <see cref="Subscribed"/>.</summary>
    public IReadOnlyList<long> Unsubscribed { get; init; } = [];

    /// <summary>What the event asked for outside, in order of ticket; none when the task is concluded or the event aborted.</summary>
    public IReadOnlyList<CellRequest> Requests { get; init; } = [];

    /// <summary>What the event asks people for, in order of ticket; none when the task is concluded or the event aborted.</summary>
    public IReadOnlyList<CellGate> Gates { get; init; } = [];

    /// <summary>What the event asked models for, in order of ticket; none when the task is concluded or the event aborted.</summary>
    public IReadOnlyList<CellModelCall> ModelCalls { get; init; } = [];

    /// <summary>What it called that it is not granted, in the order of the first of each; kept whatever became of the event.</summary>
    public IReadOnlyList<CellDenial> Denied { get; init; } = [];

    /// <summary>The view that could not follow the event's writes, where the event was aborted for that.</summary>
    public string? ByView { get; init; }

    /// <summary>Microseconds from the event's being given to the cell until its handler had returned; 0 where nobody asked.</summary>
    public long CellUs { get; init; }

    /// <summary>An event that left nothing.</summary>
    public static ActionOutcome Abort(string code, string message) => new(ActionStatus.Aborted, code, message, [], 0, 0, [], [], []);
}
