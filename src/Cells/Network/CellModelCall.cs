using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Cells;

/// <summary>What a cell asked for by <c>model_begin</c>: checked, inside its profile's grant, and not sent yet.</summary>
/// <param name="Ticket">What <c>on_reply</c> will name; from 1, counted through the task's life with its timers.</param>
/// <param name="Class">What the provider must be good enough for.</param>
/// <param name="MaxTokens">Of the answer.</param>
/// <param name="Request">Canonical JSON: <c>messages</c>, and what else is handed on to the provider.</param>
/// <param name="Tag">What the guest wants to be told with the answer.</param>
public sealed record CellModelCall(long Ticket, string Class, int MaxTokens, byte[] Request, string Tag)
{
    public ModelNeed Need => new(Class, ModelTokens.Estimate(Request.Length), MaxTokens);
}

/// <summary>Reads <c>model_begin</c>'s request text (docs/abi.md).</summary>
internal static class ModelRequestReader
{
    private const int MostMessages = 1_024;
    private const int MostStops = 4;
    private const int MostStopLength = 256;

    private static readonly string[] s_roles = ["system", "user", "assistant"];
    private static readonly string[] s_formats = ["text", "json_object", "json_schema"];

    /// <returns>Null when the text is no request; then it is <c>BAD_ARGUMENT</c>. The ticket is not set yet.</returns>
    public static CellModelCall? TryRead(ReadOnlySpan<byte> text, ModelGrant grant)
    {
        byte[] canonical;
        try
        {
            // Our own reading, because what it comes to is replayed: names given twice, lone surrogates, U+0000 and numbers a double would change end here.
            canonical = Jcs.CanonicalizeExact(text);
        }
        catch (JcsException)
        {
            return null;
        }

        using var document = JsonDocument.Parse(canonical);
        return Read(document.RootElement, grant);
    }

    private static CellModelCall? Read(JsonElement root, ModelGrant grant)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var (name, tag, most) = ("", "", grant.MaxTokens);
        var handedOn = new List<JsonProperty>();
        var hasMessages = false;
        foreach (var member in root.EnumerateObject())
        {
            var value = member.Value;
            switch (member.Name)
            {
                case "class" when value.ValueKind == JsonValueKind.String:
                    name = value.GetString()!;
                    continue;
                case "tag" when value.ValueKind == JsonValueKind.String && HostScope.IsTag(value.GetString()!):
                    tag = value.GetString()!;
                    continue;
                case "max_tokens" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out most) && most >= 1 && most <= grant.MaxTokens:
                    continue;
                case "messages" when IsMessages(value):
                    hasMessages = true;
                    break;
                case "response_format" when IsFormat(value):
                case "stop" when IsStop(value):
                case "temperature" when value.ValueKind == JsonValueKind.Number && value.GetDouble() is >= 0 and <= 2:
                    break;
                default:
                    return null;
            }

            handedOn.Add(member);
        }

        return hasMessages && ModelGrant.IsName(name) ? new CellModelCall(0, name, most, Write(handedOn), tag) : null;
    }

    /// <summary>In the order of the canonical text, which stays canonical without some of its members.</summary>
    private static byte[] Write(List<JsonProperty> members)
    {
        var target = new System.Buffers.ArrayBufferWriter<byte>(1_024);
        foreach (var member in members)
        {
            target.Write(target.WrittenCount == 0 ? "{\""u8 : ",\""u8);
            // One of the four names above: nothing to escape.
            target.Write(System.Text.Encoding.ASCII.GetBytes(member.Name));
            target.Write("\":"u8);
            target.Write(System.Text.Encoding.UTF8.GetBytes(member.Value.GetRawText()));
        }

        target.Write("}"u8);
        return target.WrittenSpan.ToArray();
    }

    private static void Write(this System.Buffers.ArrayBufferWriter<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target.GetSpan(bytes.Length));
        target.Advance(bytes.Length);
    }

    private static bool IsMessages(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is 0 or > MostMessages)
        {
            return false;
        }

        foreach (var message in json.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object || message.GetPropertyCount() != 2
                || !message.TryGetProperty("role", out var role) || !IsText(role) || !s_roles.Contains(role.GetString())
                || !message.TryGetProperty("content", out var content) || !IsText(content))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsFormat(JsonElement json) => json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && s_formats.Contains(type.GetString());

    private static bool IsStop(JsonElement json) => json.ValueKind == JsonValueKind.Array
        ? json.GetArrayLength() is >= 1 and <= MostStops && json.EnumerateArray().All(IsStopText)
        : IsStopText(json);

    private static bool IsStopText(JsonElement json) => IsText(json) && json.GetString() is { Length: >= 1 and <= MostStopLength };

    private static bool IsText(JsonElement json) => json.ValueKind == JsonValueKind.String;
}
