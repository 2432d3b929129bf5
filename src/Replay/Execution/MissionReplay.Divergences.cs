using System.Text;
using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.Replay;

// How the first difference is told.
public sealed partial class MissionReplay
{
    private void Diverge(Entry entry, string field, string recorded, string replayed) => Diverge(entry, field, recorded, replayed, []);

    /// <summary>Two JSON texts differ: told member by member, and row by row where they are writes.</summary>
    private void DivergeIn(Entry entry, string field, ReadOnlyMemory<byte> recorded, ReadOnlyMemory<byte> replayed)
    {
        var (recordedText, replayedText) = TextDifference.Around(Encoding.UTF8.GetString(recorded.Span), Encoding.UTF8.GetString(replayed.Span));
        Diverge(entry, field, recordedText, replayedText, new JsonDifference(_state.Spec is null ? [] : _state.Tables).Of(recorded, replayed));
    }

    private void Diverge(Entry entry, string field, string recorded, string replayed, IReadOnlyList<ValueDifference> differences) =>
        _report.Divergence ??= new Divergence(entry.Header.Seq, entry.Header.Kind, field, recorded, replayed)
        {
            Task = NameIn(entry, "task"),
            Cell = NameIn(entry, "cell"),
            Differences = differences,
        };

    /// <summary>A text member of the body; null where there is none or the body is no JSON at all.</summary>
    private static string? NameIn(Entry entry, string member)
    {
        try
        {
            using var document = JsonDocument.Parse(entry.Body.Utf8);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(member, out var value)
                && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (JsonException)
        {
            // The divergence being told is this one.
            return null;
        }
    }
}
