using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>Which version a mission runs of a module it declares: a row of <c>control.mission_module</c>.</summary>
/// <param name="Declared">What the spec says.</param>
/// <param name="Previous">What a rollback leads to; null before the first reload.</param>
/// <param name="Status">running, reloading, restoring (a reload failed and its cells go back), or ended.</param>
/// <param name="ReloadTo">Where the reload that goes on leads; null when none does.</param>
/// <param name="Seq">The mission's last entry when this was written.</param>
/// <param name="Answered">How the last request was answered; null: keep what is known.</param>
public sealed record MissionModuleRow(
    TenantId Tenant, MissionId Mission, ModuleDigest Declared, ModuleDigest Current, ModuleDigest? Previous,
    string Status, ModuleDigest? ReloadTo, long Seq, ReloadAnswer? Answered)
{
    /// <summary>This row, written where the older one was to be.</summary>
    public MissionModuleRow Over(MissionModuleRow? older) => this with { Answered = Answered ?? older?.Answered };
}

/// <summary>What became of a request to reload.</summary>
/// <param name="RequestedSeq">The intent's entry.</param>
/// <param name="Outcome">reloaded, restored or refused; the latter two because of <paramref name="Code"/>.</param>
public sealed record ReloadAnswer(long RequestedSeq, string Outcome, string? Code);
