using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A crash loop of one profile in one mission: a row of <c>control.incident</c>. Times in Unix microseconds.</summary>
/// <param name="OpenedSeq">The entry that opened it: its number in the mission.</param>
/// <param name="Resolution">recovered or mission_ended; null while it is open.</param>
/// <param name="TaskKey">With the cell, code, class and entry: where the newest fault happened.</param>
/// <param name="Faults">Those that opened it, and all since.</param>
/// <param name="Holds">Times dispatch was held.</param>
/// <param name="HoldMs">How long the newest hold is.</param>
public sealed record IncidentRow(
    TenantId Tenant,
    MissionId Mission,
    long OpenedSeq,
    string Profile,
    string? Resolution,
    string TaskKey,
    CellId Cell,
    string Code,
    string Fault,
    long FaultSeq,
    int Faults,
    int Holds,
    long HoldMs,
    long TimeOpenedUs,
    long? TimeClosedUs);
