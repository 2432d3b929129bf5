using System.Text;

namespace Voxeltron.Replay;

/// <summary>The first entry whose re-execution differs, told so that a person sees where to look.</summary>
/// <param name="Field">What differs: a member of the body, <c>body</c> or <c>payload</c> as a whole, <c>chain</c>, <c>order</c>.</param>
/// <param name="Recorded">What the log says.</param>
/// <param name="Replayed">What re-execution came to.</param>
public sealed record Divergence(long Seq, string Kind, string Field, string Recorded, string Replayed)
{
    /// <summary>The task the entry names; null when it names none.</summary>
    public string? Task { get; init; }

    /// <summary>The cell the entry names; null when it names none.</summary>
    public string? Cell { get; init; }

    /// <summary>Where body or payload differ, member by member and row by row; empty for other fields.</summary>
    public IReadOnlyList<ValueDifference> Differences { get; init; } = [];

    public string ToText()
    {
        var text = new StringBuilder($"DIVERGED at seq {Seq} ({Kind}), {Field}");
        text.Append(Task is null ? "" : $", task {Task}").Append(Cell is null ? "" : $", {Cell}").Append(':');
        if (Differences.Count == 0)
        {
            return text.Append($"\n  recorded: {Recorded}\n  replayed: {Replayed}").ToString();
        }

        foreach (var difference in Differences)
        {
            text.Append($"\n  {difference.Place}")
                .Append($"\n    recorded: {difference.Recorded ?? "(nothing)"}")
                .Append($"\n    replayed: {difference.Replayed ?? "(nothing)"}");
        }

        return Differences.Count < JsonDifference.Most ? text.ToString() : text.Append("\n  … perhaps more").ToString();
    }
}
