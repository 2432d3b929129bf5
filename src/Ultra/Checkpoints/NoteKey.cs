using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Ultra;

/// <summary>A C2SP note verifier key: a name, four bytes that tell keys of one name apart, and an Ed25519 public key.</summary>
public sealed class NoteKey
{
    public const int HashBytes = 4;

    private const byte Ed25519Algorithm = 1;

    public NoteKey(string name, ReadOnlySpan<byte> publicKey)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"'{name}' is no note key name: it must be non-empty, without spaces and '+'.", nameof(name));
        }

        Name = name;
        PublicKey = publicKey.ToArray();
        byte[] named = [.. Encoding.UTF8.GetBytes(name), (byte)'\n', Ed25519Algorithm, .. publicKey];
        Hash = SHA256.HashData(named)[..HashBytes];
    }

    public string Name { get; }

    public byte[] PublicKey { get; }

    public byte[] Hash { get; }

    /// <param name="text"><c>name+hash+base64(algorithm | public key)</c>.</param>
    /// <returns>Null when the text is malformed, of another algorithm, or its hash does not fit its key.</returns>
    public static NoteKey? TryParse(string text)
    {
        // The base64 part may hold '+' too.
        var parts = text.Split('+', 3);
        var key = new byte[1 + Ed25519.PublicKeyBytes];
        if (parts.Length != 3 || !IsName(parts[0]) || !Convert.TryFromBase64String(parts[2], key, out var length)
            || length != key.Length || key[0] != Ed25519Algorithm)
        {
            return null;
        }

        var parsed = new NoteKey(parts[0], key.AsSpan(1));
        return Convert.ToHexStringLower(parsed.Hash) == parts[1] ? parsed : null;
    }

    public override string ToString() =>
        $"{Name}+{Convert.ToHexStringLower(Hash)}+{Convert.ToBase64String([Ed25519Algorithm, .. PublicKey])}";

    private static bool IsName(string name) => name.Length > 0 && !name.Any(static c => char.IsWhiteSpace(c) || c == '+' || char.IsControl(c));
}
