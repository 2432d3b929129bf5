using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// A tenant's model providers with an operator's signature: a DSSE envelope (JSON form) over canonical JSON. Made by <c>voxeltron models sign</c>,
/// handed in as an intent of the tenant's system stream, checked by that stream's owner and again by each host that asks.
/// </summary>
/// <param name="Statement">The bytes that are signed: canonical JSON.</param>
/// <param name="Catalog">What they say.</param>
/// <param name="Egress">By provider: what lets a host reach it, and nothing else. Signed by itself; whether that holds is not this document's to say.</param>
public sealed record ModelsCredential(
    byte[] Statement, ModelCatalog Catalog, IReadOnlyDictionary<string, EgressCredential> Egress, IReadOnlyList<EgressSignature> Signatures)
{
    public const string PayloadType = "application/vnd.voxeltron.models.v1+json";

    /// <summary>Statement bytes: room for the certificates of some providers.</summary>
    public const int MostBytes = 512 * 1024;

    /// <summary>Of the envelope, which has the statement in base64.</summary>
    public const int MostEnvelopeBytes = 768 * 1024;

    /// <summary>SHA-256 of the signed bytes, lower-case hex.</summary>
    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Statement));

    /// <param name="json">The envelope.</param>
    /// <param name="error">What is wrong with it, where it is refused.</param>
    public static ModelsCredential? TryParse(JsonElement json, out EgressError error) =>
        DsseEnvelope.TryParse(json, PayloadType, "models", out error) is (var signed, var signatures) && ModelsDocument.TryRead(signed, out var catalog, out var egress, out error)
            ? new ModelsCredential(signed, catalog, egress, signatures)
            : null;

    /// <summary>As <see cref="TryParse(JsonElement, out EgressError)"/>, from the envelope's bytes.</summary>
    public static ModelsCredential? TryParse(ReadOnlyMemory<byte> envelope, out EgressError error)
    {
        try
        {
            using var document = JsonDocument.Parse(envelope);
            return TryParse(document.RootElement, out error);
        }
        catch (JsonException malformed)
        {
            error = new EgressError("", $"It is no JSON: {malformed.Message}");
            return null;
        }
    }

    /// <param name="document">Any JSON of the catalogue; it is signed in its canonical form.</param>
    /// <exception cref="VoxeltronException"><c>models_invalid</c>: what is wrong and where.</exception>
    public static ModelsCredential Sign(ReadOnlySpan<byte> document, ISigner signer)
    {
        byte[] canonical;
        try
        {
            canonical = Jcs.Canonicalize(document);
        }
        catch (JcsException malformed)
        {
            throw new VoxeltronException("models_invalid", $"The document is no JSON that can be signed: {malformed.Message}");
        }

        return ModelsDocument.TryRead(canonical, out var catalog, out var egress, out var error)
            ? new ModelsCredential(canonical, catalog, egress, [new EgressSignature(signer.KeyId.Value, signer.Sign(Dsse.Pae(PayloadType, canonical)))])
            : throw new VoxeltronException("models_invalid", error.Path.Length == 0 ? error.Reason : $"{error.Path}: {error.Reason}");
    }

    /// <returns>The key that signed it, of those given; null when none did.</returns>
    public KeyId? SignedBy(IEnumerable<byte[]> publicKeys) => DsseEnvelope.SignedBy(PayloadType, Statement, Signatures, publicKeys);

    /// <summary>The envelope, as files and intents carry it.</summary>
    public byte[] ToJson() => DsseEnvelope.Write(PayloadType, Statement, Signatures);
}
