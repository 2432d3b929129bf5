namespace Voxeltron.Kernel;

/// <summary>Names one incarnation of a worker process, never a machine: a restarted worker is another host. Printed as <c>host_&lt;32 hex&gt;</c>.</summary>
public readonly record struct HostId(Guid Value)
{
    private const string Prefix = "host_";

    /// <summary>The 32 lower-case hex digits alone, as signed statements and actors carry them.</summary>
    public string Hex => Value.ToString("N");

    /// <summary>Accepts the printed form, 32 hex digits, or a dashed uuid.</summary>
    public static bool TryParse(string? text, out HostId id)
    {
        if (text is not null && text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        var parsed = Guid.TryParse(text, out var value);
        id = new HostId(value);
        return parsed;
    }

    public override string ToString() => Prefix + Hex;
}
