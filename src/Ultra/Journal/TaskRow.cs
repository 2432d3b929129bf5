using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A row of <c>control.task</c>. Times in Unix microseconds.</summary>
/// <param name="TaskKey"><c>task</c> or <c>task/item</c>.</param>
/// <param name="Status">waiting, ready, running, completed, refused, failed, skipped or cancelled.</param>
/// <param name="WaitingFor">What keeps a waiting task waiting, for people.</param>
/// <param name="OutcomeCode">Why it was refused, failed or skipped.</param>
/// <param name="LastSeq">The entry this row reflects.</param>
public sealed record TaskRow(
    TenantId Tenant,
    MissionId Mission,
    string TaskKey,
    string TaskId,
    string? ItemKey,
    string Status,
    int Attempt,
    CellId? Cell,
    ModuleDigest Module,
    string? WaitingFor,
    string? OutcomeCode,
    long LastSeq,
    long TimeCreatedUs,
    long TimeModifiedUs);
