using System.Text;

namespace Voxeltron.Replay;

/// <summary>Cuts two texts to what surrounds their first difference.</summary>
internal static class TextDifference
{
    private const int Context = 60;

    public static (string Recorded, string Replayed) Around(byte[] recorded, byte[] replayed) =>
        Around(Encoding.UTF8.GetString(recorded), Encoding.UTF8.GetString(replayed));

    public static (string Recorded, string Replayed) Around(string recorded, string replayed)
    {
        var at = 0;
        while (at < recorded.Length && at < replayed.Length && recorded[at] == replayed[at])
        {
            at++;
        }

        return (Cut(recorded, at), Cut(replayed, at));
    }

    private static string Cut(string text, int at)
    {
        var from = Math.Max(0, at - Context);
        var to = Math.Min(text.Length, at + Context);
        return $"{(from > 0 ? "…" : "")}{text[from..to]}{(to < text.Length ? "…" : "")} (character {at})";
    }
}
