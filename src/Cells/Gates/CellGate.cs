using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cells;

/// <summary>What a cell asks people for by <c>gate_begin</c>: checked, and not opened yet.</summary>
/// <param name="Ticket">What <c>on_reply</c> will name; from 1, counted through the task's life with its timers and requests.</param>
/// <param name="Gate">One the mission declares.</param>
/// <param name="Subject">What people are shown: canonical JSON.</param>
/// <param name="Rows">The rows it is about, canonical JSON: <c>[{"key":[…],"table":…}…]</c>.</param>
/// <param name="Tag">What the guest wants to be told with the answer.</param>
public sealed record CellGate(long Ticket, string Gate, string Subject, string Rows, string Tag);

/// <summary>Answers to <c>gate_begin</c>'s text (docs/abi.md).</summary>
internal static class GateReader
{
    private const string NoRows = "[]";

    /// <param name="isRow">Whether a table and key can name a row of the mission.</param>
    /// <returns>Null when the text asks for nothing that can be asked; then it is <c>BAD_ARGUMENT</c>. The ticket is not set yet.</returns>
    public static CellGate? TryRead(ReadOnlySpan<byte> text, Func<string, JsonElement, bool> isRow)
    {
        try
        {
            // A name given twice, a lone surrogate, a number no double has: nobody could say what was approved.
            var canonical = Jcs.CanonicalizeExact(text);
            // Postgres reads no text with U+0000, and an auditor's query is to read this.
            if (canonical.AsSpan().IndexOf("\\u0000"u8) >= 0)
            {
                return null;
            }

            using var document = JsonDocument.Parse(canonical);
            return Read(document.RootElement, isRow);
        }
        catch (JcsException)
        {
            return null;
        }
    }

    private static CellGate? Read(JsonElement root, Func<string, JsonElement, bool> isRow)
    {
        string? gate = null, subject = null, rows = NoRows, tag = "";
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (var member in root.EnumerateObject())
        {
            switch (member.Name)
            {
                case "gate":
                    gate = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
                    break;
                case "subject":
                    subject = member.Value.GetRawText();
                    break;
                case "rows":
                    rows = AreRows(member.Value, isRow) ? member.Value.GetRawText() : null;
                    break;
                case "tag":
                    tag = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : null;
                    break;
                default:
                    return null;
            }
        }

        return gate is { Length: > 0 and <= Limits.NameLength } && subject is not null && Encoding.UTF8.GetByteCount(subject) <= CellLimits.GateSubjectBytes
            && rows is not null && tag is not null && HostScope.IsTag(tag)
            ? new CellGate(0, gate, subject, rows, tag)
            : null;
    }

    private static bool AreRows(JsonElement rows, Func<string, JsonElement, bool> isRow)
    {
        if (rows.ValueKind != JsonValueKind.Array || rows.GetArrayLength() > CellLimits.GateRows)
        {
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows.EnumerateArray())
        {
            if (row.ValueKind != JsonValueKind.Object || row.GetPropertyCount() != 2
                || !row.TryGetProperty("table", out var table) || table.ValueKind != JsonValueKind.String
                || !row.TryGetProperty("key", out var key) || !isRow(table.GetString()!, key) || !seen.Add(row.GetRawText()))
            {
                return false;
            }
        }

        return true;
    }
}
