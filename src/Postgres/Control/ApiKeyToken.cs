using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Postgres;

/// <summary>
/// The text a client carries: <c>vxt_&lt;key id&gt;_&lt;secret&gt;</c>. The key id is public and finds the row; the secret is 256 random bits,
/// so one SHA-256 at rest is enough (nothing to guess, hence no slow hash).
/// </summary>
public static class ApiKeyToken
{
    private const string Prefix = "vxt_";
    private const int KeyIdLength = 16;
    private const int SecretLength = 43;

    /// <summary>Makes a new key. The token is shown once and stored by nobody.</summary>
    public static (string Token, string KeyId, byte[] SecretSha256) Create()
    {
        var keyId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(KeyIdLength / 2));
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return ($"{Prefix}{keyId}_{secret}", keyId, Hash(secret));
    }

    /// <summary>Checks the form only. The secret may itself hold underscores, so positions decide, not a split.</summary>
    public static bool TryParse(string? token, out string keyId, out byte[] secretSha256)
    {
        keyId = "";
        secretSha256 = [];
        if (token is null || token.Length != Prefix.Length + KeyIdLength + 1 + SecretLength
            || !token.StartsWith(Prefix, StringComparison.Ordinal) || token[Prefix.Length + KeyIdLength] != '_')
        {
            return false;
        }

        var id = token.AsSpan(Prefix.Length, KeyIdLength);
        foreach (var c in id)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        var secret = token[(Prefix.Length + KeyIdLength + 1)..];
        foreach (var c in secret)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
            {
                return false;
            }
        }

        keyId = id.ToString();
        secretSha256 = Hash(secret);
        return true;
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));
}
