namespace Voxeltron.Replay;

/// <summary>Cuts two texts to what surrounds their first difference.</summary>
internal static class TextDifference
{
    private const int Context = 60;

    /// <summary>Short texts are shown whole.</summary>
    private const int Whole = 2 * Context;

    public static (string Recorded, string Replayed) Around(string recorded, string replayed)
    {
        var at = FirstDifference(recorded, replayed);
        return (Cut(recorded, at), Cut(replayed, at));
    }

    /// <summary>As <see cref="Around"/>, but short texts whole; null stays null.</summary>
    public static (string? Recorded, string? Replayed) Cut(string? recorded, string? replayed)
    {
        var at = FirstDifference(recorded ?? "", replayed ?? "");
        return (Short(recorded, at), Short(replayed, at));
    }

    private static string? Short(string? text, int at) => text is null || text.Length <= Whole ? text : Cut(text, at);

    private static int FirstDifference(string recorded, string replayed)
    {
        var at = 0;
        while (at < recorded.Length && at < replayed.Length && recorded[at] == replayed[at])
        {
            at++;
        }

        return at;
    }

    private static string Cut(string text, int at)
    {
        var from = Math.Max(0, at - Context);
        var to = Math.Min(text.Length, at + Context);
        return $"{(from > 0 ? "…" : "")}{text[from..to]}{(to < text.Length ? "…" : "")} (character {at})";
    }
}
