namespace Voxeltron.Cli.Demo;

/// <summary>What became of one file.</summary>
/// <param name="Item">The file.</param>
/// <param name="Outcome">approve, pend, deny, refused, or failed.</param>
/// <param name="Urgent">As the request says; false for what was never read.</param>
/// <param name="Reasons">Of a decision: code, line and detail. Of a refusal or failure: its code and message.</param>
public sealed record Verdict(DemoItem Item, string Outcome, bool Urgent, IReadOnlyList<VerdictReason> Reasons)
{
    /// <summary>Failed is the only outcome that is none.</summary>
    public bool Decided => Outcome != "failed";

    public string ReasonText => string.Join("; ", Reasons.Select(r => r.Code + (r.Line > 0 ? $" (line {r.Line}" + (r.Detail is null ? ")" : $": {r.Detail})") : r.Detail is null ? "" : $" ({r.Detail})")));
}
