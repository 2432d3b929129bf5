using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Hosting;

/// <summary>
/// An API key as people hold it: <c>vxt_KEYID_SECRET</c>. The key id (16 hex digits) finds the row and may appear in logs; of the
/// secret (43 characters, 256 random bits in base64url) only the SHA-256 over those 43 ASCII characters is kept.
/// </summary>
public readonly record struct ApiKeyText
{
    private const string Prefix = "vxt_";
    private const int KeyIdLength = 16;
    private const int SecretLength = 43;
    private const int SecretBytes = 32;

    private readonly string _secret;

    private ApiKeyText(string keyId, string secret) => (KeyId, _secret) = (keyId, secret);

    public string KeyId { get; }

    public static ApiKeyText Create() => new(
        RandomNumberGenerator.GetHexString(KeyIdLength, lowercase: true),
        Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    public static bool TryParse(string? text, out ApiKeyText key)
    {
        key = default;
        const int secretStart = 4 + KeyIdLength + 1;
        if (text is null || text.Length != secretStart + SecretLength || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[secretStart - 1] != '_')
        {
            return false;
        }

        var keyId = text[Prefix.Length..(secretStart - 1)];
        var secret = text[secretStart..];
        if (!keyId.All(char.IsAsciiHexDigitLower) || !secret.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
        {
            return false;
        }

        key = new ApiKeyText(keyId, secret);
        return true;
    }

    public byte[] SecretSha256() => SHA256.HashData(Encoding.ASCII.GetBytes(_secret));

    /// <summary>Compared in constant time.</summary>
    public bool Matches(ReadOnlySpan<byte> secretSha256) => CryptographicOperations.FixedTimeEquals(SecretSha256(), secretSha256);

    /// <summary>The whole key, secret included. <see cref="ToString"/> does not tell it, so that no log does by accident.</summary>
    public string Reveal() => $"{Prefix}{KeyId}_{_secret}";

    public override string ToString() => $"{Prefix}{KeyId}_…";
}
