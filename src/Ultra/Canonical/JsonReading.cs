using System.Text.Json;

namespace Voxeltron.Ultra;

/// <summary>Members of untrusted JSON: null for what is absent or of another type, never an exception.</summary>
public static class JsonReading
{
    public static JsonElement? GetMember(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var member) ? member : null;

    public static JsonElement? GetObject(this JsonElement json, string name) =>
        json.GetMember(name) is { ValueKind: JsonValueKind.Object } member ? member : null;

    public static string? GetText(this JsonElement json, string name) =>
        json.GetMember(name) is { ValueKind: JsonValueKind.String } member ? Text(member) : null;

    /// <summary>The parser passes over a lone surrogate; only reading it finds out.</summary>
    private static string? Text(JsonElement member)
    {
        try
        {
            return member.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    public static long? GetInteger(this JsonElement json, string name) =>
        json.GetMember(name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt64(out var value) ? value : null;

    public static byte[]? GetBase64(this JsonElement json, string name)
    {
        try
        {
            return json.GetMember(name) is { ValueKind: JsonValueKind.String } member && member.TryGetBytesFromBase64(out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate here too.
            return null;
        }
    }
}
