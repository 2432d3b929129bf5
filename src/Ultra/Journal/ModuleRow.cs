using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A row of <c>control.module</c>. The module's bytes are the payload of the entry at <paramref name="SubmittedSeq"/> in the tenant's system stream.</summary>
/// <param name="Status">registered or refused.</param>
/// <param name="StaysWarmCode">Why its cells cannot hibernate; null when they can.</param>
/// <param name="AbiVersion">Null when refused before the version was known.</param>
public sealed record ModuleRow(
    TenantId Tenant,
    ModuleDigest Digest,
    string Name,
    string Status,
    long SizeBytes,
    int? AbiVersion,
    IReadOnlyList<string> Imports,
    IReadOnlyList<string> Exports,
    string? ReasonCode,
    string? Reason,
    long SubmittedSeq,
    long TimeCreatedUs,
    string? StaysWarmCode = null,
    string? StaysWarmReason = null);
