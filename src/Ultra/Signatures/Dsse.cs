using System.Globalization;
using System.Text;
using System.Text.Unicode;

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
    public const string ArtifactType = "application/vnd.voxeltron.artifact.v1+json";
    public const string DelegationType = "application/vnd.voxeltron.delegation.v1+json";

    private const int MostHeadBytes = 160;

    /// <returns><c>"DSSEv1" SP len(type) SP type SP len(body) SP body</c>, lengths in decimal bytes.</returns>
    public static byte[] Pae(string type, ReadOnlySpan<byte> body)
    {
        Span<byte> head = stackalloc byte[MostHeadBytes];
        if (!Utf8.TryWrite(head, CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {body.Length} ", out var length))
        {
            throw new ArgumentException($"A payload type of {type.Length} characters is longer than any we use.", nameof(type));
        }

        var encoded = new byte[length + body.Length];
        head[..length].CopyTo(encoded);
        body.CopyTo(encoded.AsSpan(length));
        return encoded;
    }
}
