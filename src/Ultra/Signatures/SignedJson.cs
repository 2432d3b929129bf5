using System.Globalization;
using System.Text.Json;

namespace Voxeltron.Ultra;

/// <summary>
/// Members of a document that an operator signs. Anything unknown or of another form is refused by name: a misspelt restriction must not be a
/// missing one.
/// </summary>
internal static class SignedJson
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    public static void Members(JsonElement json, string path, ReadOnlySpan<string> known)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Refuse(path, "It must be an object.");
        }

        foreach (var member in json.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                throw Refuse(Join(path, member.Name), $"It is not known here; known are {string.Join(", ", known.ToArray())}.");
            }
        }
    }

    public static List<JsonElement> Items(JsonElement json, string path, string name, int least, int most)
    {
        var items = json.GetMember(name) is { } member
            ? member.ValueKind == JsonValueKind.Array ? member.EnumerateArray().ToList() : throw Refuse(Join(path, name), "It must be an array.")
            : [];
        return items.Count >= least && items.Count <= most ? items : throw Refuse(Join(path, name), $"{least} to {most} are needed; there are {items.Count}.");
    }

    public static string Text(JsonElement json, string path, string name) =>
        json.GetText(name) is { Length: > 0 } text ? text : throw Refuse(Join(path, name), "A text is needed.");

    public static bool Boolean(JsonElement json, string path, string name) => json.GetMember(name)?.ValueKind switch
    {
        null or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw Refuse(Join(path, name), "Use true or false."),
    };

    public static long Number(JsonElement json, string path, string name, long least, long most, long? usual)
    {
        if (json.GetMember(name) is null && usual is { } value)
        {
            return value;
        }

        return json.GetInteger(name) is { } number && number >= least && number <= most ? number : throw Refuse(Join(path, name), $"A whole number from {least} to {most} is needed.");
    }

    /// <returns>Unix microseconds.</returns>
    public static long TimeUs(JsonElement json, string path, string name) =>
        DateTimeOffset.TryParseExact(Text(json, path, name), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.ToUnixTimeMilliseconds() * 1000
            : throw Refuse(Join(path, name), "Use UTC such as 2027-06-30T00:00:00Z.");

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static SignedJsonException Refuse(string path, string reason) => new(new EgressError(path, reason));
}

/// <summary>What is wrong with a signed document; never leaves the reader of it.</summary>
internal sealed class SignedJsonException(EgressError error) : Exception(error.Reason)
{
    public EgressError Error { get; } = error;
}
