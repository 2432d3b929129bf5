using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A row of <c>control.mission</c>. Times in Unix microseconds.</summary>
/// <param name="Status">open, running, completed, failed or cancelled.</param>
/// <param name="SpecDigest">64 hex digits.</param>
/// <param name="Seq">The entry this row reflects.</param>
public sealed record MissionRow(
    TenantId Tenant,
    MissionId Mission,
    string Name,
    string Status,
    string SpecDigest,
    long Seq,
    long Epoch,
    int TasksTotal,
    int TasksWaiting,
    int TasksRunning,
    int TasksCompleted,
    int TasksRefused,
    int TasksFailed,
    int TasksSkipped,
    string? Reason,
    long TimeCreatedUs,
    long TimeModifiedUs,
    long? TimeCompletedUs);
