using System.Text;

namespace Voxeltron.Ultra;

/// <summary>
/// C2SP signed notes: a text that ends in a newline, an empty line, then one line per signature:
/// <c>— name base64(key hash | signature)</c>.
/// </summary>
public static class SignedNote
{
    private const string SignatureMark = "\u2014 ";

    // More signatures than any witness policy asks for; a longer list is somebody's attack on the verifier's time.
    private const int MaxSignatures = 100;

    /// <param name="text">Ends in a newline.</param>
    public static string Sign(string text, string name, ISigner signer)
    {
        if (!IsText(text))
        {
            throw new ArgumentException("A note's text ends in a newline and holds no other control characters.", nameof(text));
        }

        return text + "\n" + SignatureLine(new NoteKey(name, signer.PublicKey), signer.Sign(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The text, if <paramref name="key"/> signed it. Signatures by other keys (witnesses) are passed over.</summary>
    /// <returns>Null when the note is malformed, carries no signature of this key, or carries a wrong one.</returns>
    public static string? Open(string note, NoteKey key) => Open(note, key, onlySignature: false);

    /// <param name="onlySignature">Refuses a note that carries any other signature line, so that no byte of it is unaccounted for.</param>
    public static string? Open(string note, NoteKey key, bool onlySignature)
    {
        if (!TrySplit(note, out var text, out var lines) || (onlySignature && lines.Length != 1))
        {
            return null;
        }

        var found = false;
        foreach (var line in lines)
        {
            if (!TryParseLine(line, out var name, out var blob))
            {
                return null;
            }

            if (name != key.Name || !blob.AsSpan(0, NoteKey.HashBytes).SequenceEqual(key.Hash))
            {
                continue;
            }

            if (!Ed25519.Verify(key.PublicKey, Encoding.UTF8.GetBytes(text), blob.AsSpan(NoteKey.HashBytes)))
            {
                return null;
            }

            found = true;
        }

        return found ? text : null;
    }

    /// <summary>The signed text, unverified: enough to learn which key to look for.</summary>
    public static bool TrySplit(string note, out string text, out string[] signatureLines)
    {
        text = "";
        signatureLines = [];
        var gap = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (gap < 0 || !note.EndsWith('\n') || gap + 2 >= note.Length || !IsText(note))
        {
            return false;
        }

        text = note[..(gap + 1)];
        signatureLines = note[(gap + 2)..^1].Split('\n');
        return signatureLines.Length <= MaxSignatures;
    }

    private static string SignatureLine(NoteKey key, byte[] signature) =>
        $"{SignatureMark}{key.Name} {Convert.ToBase64String([.. key.Hash, .. signature])}\n";

    private static bool TryParseLine(string line, out string name, out byte[] blob)
    {
        name = "";
        blob = [];
        if (!line.StartsWith(SignatureMark, StringComparison.Ordinal))
        {
            return false;
        }

        var fields = line[SignatureMark.Length..].Split(' ');
        if (fields.Length != 2 || fields[0].Length == 0)
        {
            return false;
        }

        var bytes = new byte[fields[1].Length];
        if (!Convert.TryFromBase64String(fields[1], bytes, out var length) || length <= NoteKey.HashBytes)
        {
            return false;
        }

        name = fields[0];
        blob = bytes[..length];

        // Base64 has several spellings of the same bytes; a note has one.
        return Convert.ToBase64String(blob) == fields[1];
    }

    private static bool IsText(string text) =>
        text.EndsWith('\n') && !text.Any(static c => c < ' ' && c != '\n') && !HasLoneSurrogate(text);

    private static bool HasLoneSurrogate(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                return true;
            }
        }

        return false;
    }
}
