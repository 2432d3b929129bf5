using System.Text.Json;

namespace Voxeltron.Ninmu;

/// <summary>Reads members of JSON objects and notes what is wrong with them, going on as far as it makes sense.</summary>
internal sealed class SpecReader
{
    public List<SpecError> Errors { get; } = [];

    public void Refuse(string path, string code, string reason)
    {
        if (Errors.Count < SpecLimits.Errors)
        {
            Errors.Add(new SpecError(path, code, reason));
        }
    }

    public static string Join(string path, string member) => path.Length == 0 ? member : $"{path}.{member}";

    /// <summary>False when the value is no object; unknown members are refused by name and the known ones still read.</summary>
    public bool IsObject(JsonElement value, string path, ReadOnlySpan<string> members)
    {
        if (!Is(value, path, JsonValueKind.Object, "an object"))
        {
            return false;
        }

        foreach (var member in value.EnumerateObject())
        {
            if (!members.Contains(member.Name))
            {
                Refuse(Join(path, member.Name), SpecCodes.UnknownMember, $"'{member.Name}' is not known here; known are {string.Join(", ", members!)}.");
            }
        }

        return true;
    }

    /// <summary>The elements of an optional array; empty when absent or refused.</summary>
    public IReadOnlyList<JsonElement> Array(JsonElement parent, string path, string name, int max, bool required = false)
    {
        path = Join(path, name);
        if (!parent.TryGetProperty(name, out var value))
        {
            if (required)
            {
                Refuse(path, SpecCodes.Missing, $"'{name}' must be given.");
            }

            return [];
        }

        if (!Is(value, path, JsonValueKind.Array, "an array"))
        {
            return [];
        }

        var count = value.GetArrayLength();
        if (count > max || (required && count == 0))
        {
            Refuse(path, count == 0 ? SpecCodes.Missing : SpecCodes.TooMany, $"It has {count} elements; allowed are {(required ? 1 : 0)} to {max}.");
            return [];
        }

        return [.. value.EnumerateArray()];
    }

    /// <summary>The members of an optional object used as a dictionary of names.</summary>
    public IReadOnlyList<JsonProperty> Named(JsonElement parent, string name, int max)
    {
        if (!parent.TryGetProperty(name, out var value) || !Is(value, name, JsonValueKind.Object, "an object"))
        {
            return [];
        }

        JsonProperty[] members = [.. value.EnumerateObject()];
        if (members.Length > max)
        {
            Refuse(name, SpecCodes.TooMany, $"It has {members.Length} members; at most {max} are allowed.");
            return [];
        }

        return members;
    }

    public string? Text(JsonElement parent, string path, string name, bool required = false)
    {
        path = Join(path, name);
        if (parent.TryGetProperty(name, out var value))
        {
            return Is(value, path, JsonValueKind.String, "a string") ? value.GetString() : null;
        }

        if (required)
        {
            Refuse(path, SpecCodes.Missing, $"'{name}' must be given.");
        }

        return null;
    }

    public bool Boolean(JsonElement parent, string path, string name)
    {
        if (!parent.TryGetProperty(name, out var value))
        {
            return false;
        }

        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(Join(path, name), SpecCodes.WrongType, $"It must be true or false, not {Kind(value)}.");
            return false;
        }

        return value.GetBoolean();
    }

    /// <summary>An optional integer; out of bounds is refused and answers as if absent.</summary>
    public long? Integer(JsonElement parent, string path, string name, long min, long max, bool required = false)
    {
        if (!parent.TryGetProperty(name, out var value))
        {
            if (required)
            {
                Refuse(Join(path, name), SpecCodes.Missing, $"'{name}' must be given.");
            }

            return null;
        }

        path = Join(path, name);
        if (!Is(value, path, JsonValueKind.Number, "an integer"))
        {
            return null;
        }

        if (!value.TryGetInt64(out var integer))
        {
            Refuse(path, SpecCodes.WrongType, "It must be an integer.");
            return null;
        }

        if (integer < min || integer > max)
        {
            Refuse(path, SpecCodes.OutOfRange, $"{integer} is not between {min} and {max}.");
            return null;
        }

        return integer;
    }

    public bool Is(JsonElement value, string path, JsonValueKind kind, string words)
    {
        if (value.ValueKind == kind)
        {
            return true;
        }

        Refuse(path, SpecCodes.WrongType, $"It must be {words}, not {Kind(value)}.");
        return false;
    }

    public bool IsName(string? name, string path)
    {
        if (name is null || ItemKeys.IsValid(name))
        {
            return name is not null;
        }

        Refuse(path, SpecCodes.BadName, $"A name is 1 to {SpecLimits.NameLength} of A-Z a-z 0-9 . _ -");
        return false;
    }

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.Number => "a number",
        _ => "a string",
    };
}
