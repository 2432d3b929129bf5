using Voxeltron.Postgres;

namespace Voxeltron.Api.Modules;

/// <summary>What a reload is asked for with.</summary>
internal sealed record ReloadBody(string To, IReadOnlyList<string>? Missions);

/// <summary>What a rollback is asked for with; it may have no body at all.</summary>
internal sealed record RollbackBody(IReadOnlyList<string>? Missions);

/// <param name="To">Null: each mission's version before.</param>
internal sealed record ReloadView(string Module, string? To, IReadOnlyList<ReloadedMissionView> Missions);

/// <param name="DeclaredDigest">The module as the mission's spec names it; null when the mission has none of that name, or is none.</param>
/// <param name="From">What the mission ran when it was asked.</param>
/// <param name="Status">
/// accepted: its owner has not answered yet; attached: the same, and the request is a repeat; reloaded; restored: a cell of the new version could
/// not begin, the old one runs everywhere, <paramref name="Code"/> says why; refused: nothing was done.
/// </param>
internal sealed record ReloadedMissionView(string MissionId, string? DeclaredDigest, string? From, string? IntentId, string Status, long? Seq, string? Code, string? Reason);

internal sealed record MissionModulesView(string MissionId, IReadOnlyList<MissionModuleView> Modules);

/// <param name="Status">running, reloading, restoring, or ended.</param>
/// <param name="PreviousDigest">What a rollback leads to.</param>
/// <param name="LastOutcome">Of the last request that was answered: reloaded, restored or refused.</param>
internal sealed record MissionModuleView(
    string DeclaredDigest, string CurrentDigest, string? Name, string? PreviousDigest, string Status, string? ReloadTo, string? LastOutcome, string? LastCode, long? LastIntentSeq, string TimeModified)
{
    public static MissionModuleView Of(MissionModule row) => new(
        row.Declared.Value, row.Current.Value, row.Name, row.Previous?.Value, row.Status, row.ReloadTo?.Value, row.Outcome, row.OutcomeCode, row.AnsweredSeq, ApiTime.Text(row.TimeModified));
}
