using System.Globalization;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Voxeltron.Cli.Fabric;

namespace Voxeltron.Cli.Commands;

/// <summary>A gate in human words, from the bytes an approval is of.</summary>
internal static class GateText
{
    private static readonly JsonSerializerOptions s_shown = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>The SHA-256 of the document that was shown.</returns>
    /// <exception cref="CliException">It was erased, or is of another gate or digest than the API says: then nothing may be signed.</exception>
    public static string Write(GateDetailAnswer gate, TextWriter output)
    {
        var (row, document) = (gate.Gate, gate.Document ?? throw new CliException("The document of this gate was erased: nobody can say what would be approved."));
        var digest = Convert.ToHexStringLower(SHA256.HashData(document));
        using var json = JsonDocument.Parse(document);
        var root = json.RootElement;
        if (digest != row.Digest || Text(root, "mission") != row.MissionId || Text(root, "task") != row.TaskKey)
        {
            throw new CliException($"The document has digest {digest} and is of {Text(root, "mission")} {Text(root, "task")}; the gate says {row.Digest}, {row.MissionId} {row.TaskKey}. Do not decide on it, and tell an auditor.");
        }

        output.WriteLine($"gate        {Text(root, "gate")} of {row.MissionId}, number {row.Gate}, {row.State}");
        output.WriteLine(root.TryGetProperty("cell", out var cell)
            ? $"question    of {cell.GetString()} in task {row.TaskKey}"
            : $"question    may task {row.TaskKey} begin");
        output.WriteLine($"module      {Text(root, "module")}, profile {Text(root, "profile")}");
        if (root.TryGetProperty("input", out var input))
        {
            output.WriteLine($"input       {input.GetProperty("size").GetInt64()} bytes, SHA-256 {Text(input, "sha256")}, {Text(input, "kind")} at seq {input.GetProperty("seq").GetInt64()}");
        }

        output.WriteLine($"spec        {Text(root, "spec")}");
        output.WriteLine($"asked by    {string.Join(", ", root.GetProperty("requesters").EnumerateArray().Select(static one => one.GetString()))}");
        var policy = root.GetProperty("policy");
        output.WriteLine($"needs       {policy.GetProperty("quorum").GetInt32()} of role {Words(policy, "roles")}{(policy.TryGetProperty("approvers", out _) ? $", signed by {Words(policy, "approvers")}" : "")}; so far {(row.Approvals.Count == 0 ? "nobody" : string.Join(", ", row.Approvals))}");
        if (row.TimeExpires is not null)
        {
            output.WriteLine($"until       {row.TimeExpires}, then {(Text(policy, "on_expiry") == "escalate" ? "it stays open and is escalated" : "it is denied")}");
        }

        if (root.TryGetProperty("subject", out var subject))
        {
            output.WriteLine("subject");
            output.WriteLine(Safe(JsonSerializer.Serialize(subject, s_shown)));
        }

        if (root.TryGetProperty("rows", out var rows))
        {
            foreach (var one in rows.EnumerateArray())
            {
                var row1 = one.TryGetProperty("row", out var value) ? value.ValueKind == JsonValueKind.String ? value.GetString() : "absent" : $"{one.GetProperty("size").GetInt64()} bytes, SHA-256 {Text(one, "sha256")}";
                output.WriteLine(Safe($"row         {Text(one, "table")} {one.GetProperty("key").GetRawText()}: {row1}"));
            }
        }

        output.WriteLine($"digest      {digest}");
        return digest;
    }

    /// <summary>What a cell wrote goes to a terminal: nothing in it may move the cursor over what stands above.</summary>
    private static string Safe(string text) => string.Concat(text.Select(static c => c == '\n' || !IsHidden(c) ? c : '\uFFFD'));

    /// <summary>Controls, and what reorders, joins or hides what is shown: the digest covers the text, and the eye must too.</summary>
    private static bool IsHidden(char c) => char.GetUnicodeCategory(c) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Words(JsonElement json, string name) => string.Join(", ", json.GetProperty(name).EnumerateArray().Select(static one => one.GetString()));
}
