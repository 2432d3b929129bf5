using Voxeltron.Ultra;

namespace Voxeltron.Api.Modules;

/// <param name="StaysWarmCode">Why its cells cannot hibernate (docs/cells.md); null when they can.</param>
/// <param name="Status">registered, refused, or submitted: no worker has looked at it yet.</param>
internal sealed record ModuleView(
    string ModuleDigest,
    string Name,
    string Status,
    long SizeBytes,
    int? AbiVersion,
    IReadOnlyList<string> Imports,
    IReadOnlyList<string> Exports,
    string? ReasonCode,
    string? Reason,
    long? SubmittedSeq,
    string? TimeCreated,
    string? StaysWarmCode,
    string? StaysWarmReason)
{
    public static ModuleView Of(ModuleRow row) => new(
        row.Digest.Value,
        row.Name,
        row.Status,
        row.SizeBytes,
        row.AbiVersion,
        row.Imports,
        row.Exports,
        row.ReasonCode,
        row.Reason,
        row.SubmittedSeq,
        ApiTime.Text(row.TimeCreatedUs),
        row.StaysWarmCode,
        row.StaysWarmReason);

    public static ModuleView Submitted(string digest, string name, long sizeBytes) =>
        new(digest, name, "submitted", sizeBytes, null, [], [], null, null, null, null, null, null);
}

internal sealed record ModulePage(IReadOnlyList<ModuleView> Modules, string? NextAfter);
