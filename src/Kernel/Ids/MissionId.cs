namespace Voxeltron.Kernel;

/// <summary>Names a mission; its stream carries the same uuid. Printed as <c>mission_&lt;32 hex&gt;</c>.</summary>
public readonly record struct MissionId(Guid Value)
{
    private const string Prefix = "mission_";

    /// <summary>The 32 lower-case hex digits alone, as signed statements and actors carry them.</summary>
    public string Hex => Value.ToString("N");

    /// <summary>Accepts the printed form, 32 hex digits, or a dashed uuid.</summary>
    public static bool TryParse(string? text, out MissionId id)
    {
        if (text is not null && text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        var parsed = Guid.TryParse(text, out var value);
        id = new MissionId(value);
        return parsed;
    }

    public override string ToString() => Prefix + Hex;
}
