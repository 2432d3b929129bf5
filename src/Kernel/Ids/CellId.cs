namespace Voxeltron.Kernel;

/// <summary>Names one isolated instance for its lifetime. Printed as <c>cell_&lt;32 hex&gt;</c>.</summary>
public readonly record struct CellId(Guid Value)
{
    private const string Prefix = "cell_";

    /// <summary>The 32 lower-case hex digits alone, as signed statements and actors carry them.</summary>
    public string Hex => Value.ToString("N");

    /// <summary>Accepts the printed form, 32 hex digits, or a dashed uuid.</summary>
    public static bool TryParse(string? text, out CellId id)
    {
        if (text is not null && text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            text = text[Prefix.Length..];
        }

        var parsed = Guid.TryParse(text, out var value);
        id = new CellId(value);
        return parsed;
    }

    public override string ToString() => Prefix + Hex;
}
