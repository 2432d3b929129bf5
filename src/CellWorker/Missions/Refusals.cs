using System.Text.Json;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>Why an intent changed nothing, in the form Api hands to its caller: a code in the body, the reasons in the payload.</summary>
internal static class Refusals
{
    /// <summary>Most errors told about one document; the first are enough to mend it and the payload stays small.</summary>
    private const int MostErrors = 100;

    public static EntryDraft Intent(HostId host, string code, Guid intent, long intentSeq, string reason) =>
        Intent(host, code, intent, intentSeq, [("", code, reason)]);

    public static EntryDraft Intent(
        HostId host, string code, Guid intent, long intentSeq, IReadOnlyList<(string Path, string Code, string Reason)> errors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("errors");
            foreach (var error in errors.Take(MostErrors))
            {
                json.WriteStartObject();
                json.WriteString("path", error.Path);
                json.WriteString("code", error.Code);
                json.WriteString("reason", error.Reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return EntryBodies.IntentRefused(host, code, intent, intentSeq, Salts.Salt(buffer.ToArray()));
    }
}
