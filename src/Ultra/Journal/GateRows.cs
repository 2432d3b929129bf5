using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A human gate of a mission: a row of <c>control.gate</c>. Times in Unix microseconds.</summary>
/// <param name="OpenedSeq">The entry that opened it: its number in the mission.</param>
/// <param name="Name">As the spec declares it.</param>
/// <param name="Cell">The cell that asked; null where the gate stands before its task.</param>
/// <param name="Ticket">What that cell waits for; 0 where the gate stands before its task.</param>
/// <param name="Status">open, escalated, approved, denied, expired or voided.</param>
/// <param name="Approvals">Who approved so far: the name of an enrolled approver, or the id of an API key.</param>
/// <param name="DeniedBy">Who said no; null unless somebody did.</param>
/// <param name="Code">Why it was voided.</param>
/// <param name="Requesters">API keys of those who asked for the work.</param>
/// <param name="EndedSeq">The entry that ended it; null while it is open, and where its task's end ended it.</param>
public sealed record GateRow(
    TenantId Tenant,
    MissionId Mission,
    long OpenedSeq,
    string Name,
    string TaskKey,
    CellId? Cell,
    long Ticket,
    string Status,
    int Quorum,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Approvals,
    string? DeniedBy,
    string? Code,
    IReadOnlyList<string> Requesters,
    ModuleDigest Module,
    string Digest,
    long? ExpiresUs,
    long OpenedUs,
    long? EndedSeq,
    long? EndedUs);

/// <summary>An enrolled approver: a row of <c>control.approver</c>. Times in Unix microseconds.</summary>
/// <param name="RevokedSeq">Null: the key counts.</param>
public sealed record ApproverRow(
    TenantId Tenant, string Name, long EnrolledSeq, string Principal, byte[] PublicKey, string Kid, long EnrolledUs, long? RevokedSeq, long? RevokedUs);
