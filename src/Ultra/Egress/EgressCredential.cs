using System.Security.Cryptography;
using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// An egress profile with the operator's signature: a DSSE envelope (JSON form) over canonical JSON. Made by <c>voxeltron egress sign</c>,
/// carried in the mission's spec, checked by the host that accepts the spec and again by the broker.
/// </summary>
/// <remarks><code>{"payload":BASE64,"payloadType":"application/vnd.voxeltron.egress.v1+json","signatures":[{"keyid":KID,"sig":BASE64}…]}</code></remarks>
/// <param name="Statement">The bytes that are signed: canonical JSON.</param>
/// <param name="Profile">What they say.</param>
public sealed record EgressCredential(byte[] Statement, EgressProfile Profile, IReadOnlyList<EgressSignature> Signatures)
{
    public const string PayloadType = "application/vnd.voxeltron.egress.v1+json";

    public const int MostSignatures = DsseEnvelope.MostSignatures;

    /// <summary>Statement bytes of one profile.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>SHA-256 of the signed bytes, lower-case hex: what names this profile, and no other, everywhere.</summary>
    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Statement));

    /// <param name="json">The envelope.</param>
    /// <param name="error">What is wrong with it, where it is refused.</param>
    public static EgressCredential? TryParse(JsonElement json, out EgressError error)
    {
        if (DsseEnvelope.TryParse(json, PayloadType, "egress", out error) is not (var signed, var signatures))
        {
            return null;
        }

        return EgressDocument.TryRead(signed, out var profile, out error) ? new EgressCredential(signed, profile!, signatures) : null;
    }

    /// <param name="document">Any JSON of the profile; it is signed in its canonical form.</param>
    /// <exception cref="VoxeltronException"><c>egress_invalid</c>: what is wrong and where.</exception>
    public static EgressCredential Sign(ReadOnlySpan<byte> document, ISigner signer)
    {
        byte[] canonical;
        try
        {
            canonical = Jcs.Canonicalize(document);
        }
        catch (JcsException malformed)
        {
            throw new VoxeltronException("egress_invalid", $"The profile is no JSON that can be signed: {malformed.Message}");
        }

        if (!EgressDocument.TryRead(canonical, out var profile, out var error))
        {
            throw new VoxeltronException("egress_invalid", error.Path.Length == 0 ? error.Reason : $"{error.Path}: {error.Reason}");
        }

        return new EgressCredential(canonical, profile!, [new EgressSignature(signer.KeyId.Value, signer.Sign(Dsse.Pae(PayloadType, canonical)))]);
    }

    /// <returns>The key that signed it, of those given; null when none did.</returns>
    public KeyId? SignedBy(IEnumerable<byte[]> publicKeys) => DsseEnvelope.SignedBy(PayloadType, Statement, Signatures, publicKeys);

    /// <summary>The envelope, as files and specs carry it.</summary>
    public byte[] ToJson() => DsseEnvelope.Write(PayloadType, Statement, Signatures);
}

/// <param name="KeyId">Of the key that made it, as <see cref="Kernel.KeyId"/> has it.</param>
/// <param name="Value">Ed25519 over the pre-authentication encoding.</param>
public sealed record EgressSignature(string KeyId, byte[] Value);

/// <param name="Path">The member that is wrong; empty for the whole.</param>
/// <param name="Reason">What is wrong and what would be right.</param>
public readonly record struct EgressError(string Path, string Reason);
