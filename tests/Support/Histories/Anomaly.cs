namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// What can be wrong with a history. Names are those of Adya's thesis and of the tools that followed it. A Realtime variant
/// needs at least one edge of real time: without it the history is serializable, only not strictly.
/// </summary>
public enum Anomaly
{
    /// <summary>A cycle of writes over writes.</summary>
    G0,
    G0Realtime,

    /// <summary>A read of a write that was refused.</summary>
    G1a,

    /// <summary>A read of a write its own transaction wrote over, or went on from.</summary>
    G1b,

    /// <summary>A cycle of writes over writes and reads of writes.</summary>
    G1c,
    G1cRealtime,

    /// <summary>A cycle with one read that missed a write.</summary>
    GSingle,
    GSingleRealtime,

    /// <summary>A cycle with several reads that missed a write, no two side by side: snapshot isolation forbids it. A long fork.</summary>
    GNonadjacent,
    GNonadjacentRealtime,

    /// <summary>A cycle with reads that missed a write, two of them side by side. A write skew.</summary>
    G2,
    G2Realtime,

    /// <summary>Two transactions read one version and both wrote over it.</summary>
    LostUpdate,

    /// <summary>A read that misses a write acknowledged before it began, which others saw.</summary>
    StaleRead,

    /// <summary>An acknowledged write that is nowhere.</summary>
    LostWrite,

    /// <summary>One write that took effect twice.</summary>
    DuplicateWrite,

    /// <summary>A refused operation that was committed all the same.</summary>
    ResurrectedWrite,

    /// <summary>Reads of one list, none the beginning of the other; or one transaction's appends in another order than its own.</summary>
    IncompatibleOrder,

    /// <summary>A transaction that disagrees with itself.</summary>
    Internal,

    /// <summary>A read of what nobody wrote, or nobody had yet.</summary>
    GarbageRead,

    /// <summary>Two living rows under one unique key.</summary>
    UniqueKeyTwice,

    /// <summary>An insert told of a conflict with a row that cannot have been there.</summary>
    UnjustifiedConflict,

    /// <summary>A counter below the least it can have been: an increment is gone.</summary>
    CounterTooLow,

    /// <summary>A counter above the most it can have been: an increment counted twice, or one that was refused.</summary>
    CounterTooHigh,

    /// <summary>No order of the operations explains all answers.</summary>
    NotLinearizable,

    /// <summary>An answer other than the one the claimed order gives.</summary>
    WrongAnswer,

    /// <summary>The claimed order puts an operation behind one that was invoked after it had been answered.</summary>
    RealtimeViolation,

    /// <summary>The claimed order has two operations at one place, or one that is in no history.</summary>
    MalformedOrder,
}
