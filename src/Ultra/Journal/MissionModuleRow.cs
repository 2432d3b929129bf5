using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Which version a mission runs of a module it declares: a row of <c>control.mission_module</c>.</summary>
/// <param name="Declared">What the spec says.</param>
/// <param name="Previous">What a rollback leads to; null before the first reload.</param>
/// <param name="Status">running, reloading, or restoring (a reload failed and its cells go back).</param>
/// <param name="ReloadTo">Where the reload that goes on leads; null when none does.</param>
/// <param name="Seq">The mission's last entry when this was written.</param>
/// <param name="AnsweredSeq">The intent of the reload that ended last; null: keep what is known.</param>
/// <param name="Outcome">How that ended: reloaded, or restored because of <paramref name="Code"/>.</param>
public sealed record MissionModuleRow(
    TenantId Tenant, MissionId Mission, ModuleDigest Declared, ModuleDigest Current, ModuleDigest? Previous,
    string Status, ModuleDigest? ReloadTo, long Seq, long? AnsweredSeq, string? Outcome, string? Code);
