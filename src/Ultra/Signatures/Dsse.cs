using System.Globalization;
using System.Text;

namespace Voxeltron.Ultra;

/// <summary>
/// DSSE pre-authentication encoding: what is signed is one printable line naming type and lengths, then the bytes.
/// SQL, openssl and ten lines of Python build it too.
/// </summary>
public static class Dsse
{
    public const string SealType = "application/vnd.voxeltron.seal.v1+json";
    public const string CommitType = "application/vnd.voxeltron.commit.v1+json";
    public const string IntentType = "application/vnd.voxeltron.intent.v1+json";
    public const string IntentGroupType = "application/vnd.voxeltron.intent-group.v1+json";
    public const string DelegationType = "application/vnd.voxeltron.delegation.v1+json";

    /// <returns><c>"DSSEv1" SP len(type) SP type SP len(body) SP body</c>, lengths in decimal bytes.</returns>
    public static byte[] Pae(string type, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} "));
        var encoded = new byte[head.Length + body.Length];
        head.CopyTo(encoded, 0);
        body.CopyTo(encoded.AsSpan(head.Length));
        return encoded;
    }
}
