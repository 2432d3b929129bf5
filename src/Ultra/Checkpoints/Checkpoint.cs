using System.Globalization;

namespace Voxeltron.Ultra;

/// <summary>The head of the Merkle log, in the C2SP checkpoint form: origin, size, base64 root, then our one extension line.</summary>
/// <param name="TimeUs">When it was signed, from the extension line <c>time_us N</c>; null when the line is absent.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root, long? TimeUs)
{
    private const string TimePrefix = "time_us ";

    /// <summary>Origin and key name of a fabric's log.</summary>
    public static string OriginOf(Guid fabric) => "voxeltron/" + fabric.ToString("N");

    /// <summary>The note that goes to <c>journal.checkpoint</c>, to a file and to witnesses.</summary>
    /// <param name="signer">The <c>log</c> key.</param>
    public static CheckpointRow Sign(string origin, long size, byte[] root, long? timeUs, ISigner signer)
    {
        var checkpoint = new Checkpoint(origin, size, root, timeUs);
        return new CheckpointRow(size, root, SignedNote.Sign(checkpoint.ToText(), origin, signer));
    }

    /// <returns>Null when <paramref name="text"/> is no checkpoint. Unknown extension lines are refused: nothing unread is accepted.</returns>
    public static Checkpoint? TryParse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length is < 4 or > 5 || lines[^1].Length != 0 || lines[0].Length == 0 || !TryParseNumber(lines[1], out var size))
        {
            return null;
        }

        var root = new byte[MerkleTree.HashBytes];
        if (!Convert.TryFromBase64String(lines[2], root, out var length) || length != root.Length || Convert.ToBase64String(root) != lines[2])
        {
            return null;
        }

        if (lines.Length == 4)
        {
            return new Checkpoint(lines[0], size, root, TimeUs: null);
        }

        return lines[3].StartsWith(TimePrefix, StringComparison.Ordinal) && TryParseNumber(lines[3][TimePrefix.Length..], out var timeUs)
            ? new Checkpoint(lines[0], size, root, timeUs)
            : null;
    }

    public string ToText()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");
        return TimeUs is { } timeUs ? text + string.Create(CultureInfo.InvariantCulture, $"{TimePrefix}{timeUs}\n") : text;
    }

    // Decimal without sign or leading zeros: one spelling per number.
    private static bool TryParseNumber(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && (text[0] != '0' || text.Length == 1);
}
