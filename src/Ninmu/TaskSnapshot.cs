using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>Latest state of one task, in the words of <c>control.task</c>.</summary>
/// <param name="Status">waiting, ready, running, completed, refused, failed, skipped or cancelled.</param>
/// <param name="Attempt">The last attempt begun; 0 before the first.</param>
/// <param name="WaitingFor">Why it is not running, for people: <c>task extract/r-1</c>, <c>input requests open</c>, <c>retry at …</c>.</param>
/// <param name="LastSeq">The last entry that named the task; 0 if none did.</param>
/// <param name="IsLong">It burnt a fuel slice, and gets all its profile allows.</param>
public sealed record TaskSnapshot(
    string TaskKey,
    string TaskId,
    string? ItemKey,
    string Status,
    int Attempt,
    CellId? Cell,
    ModuleDigest Module,
    CellProfile Profile,
    string? WaitingFor,
    string? OutcomeCode,
    long LastSeq,
    long TimeCreatedUs,
    long TimeModifiedUs,
    bool IsLong);
