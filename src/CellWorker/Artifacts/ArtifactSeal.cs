using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// The signature of an artifact and the delegation of the key that made it, as canonical JSON: a host of this fabric says that it
/// compiled these bytes. Good for as long as the host's key is, thirty days; then the module is compiled anew.
/// </summary>
internal static class ArtifactSeal
{
    private const int MostBytes = 4096;

    public static byte[] Sign(HostIdentity host, ArtifactKey key, ReadOnlySpan<byte> sha256, long length)
    {
        var delegation = Delegation.TryParse(JsonDocument.Parse(host.Delegation.Body.Utf8).RootElement.GetProperty("delegation"))!;
        return Write(delegation, host.Signer.Sign(Dsse.Pae(Dsse.ArtifactType, key.Statement(sha256, length))));
    }

    /// <returns>Null when it is good, otherwise why it is not.</returns>
    public static string? Judge(ReadOnlySpan<byte> seal, byte[] caPublicKey, long nowUs, ArtifactKey key, ReadOnlySpan<byte> sha256, long length)
    {
        if (Parse(seal) is not var (delegation, signature))
        {
            return "its seal is damaged";
        }

        if (delegation.Role != KeyRoles.Host || !delegation.Verify(caPublicKey))
        {
            return "its key is no host's of this fabric";
        }

        if (!delegation.IsValidAt(nowUs))
        {
            return "the time of its host's key is over";
        }

        return Ed25519.Verify(delegation.Key, Dsse.Pae(Dsse.ArtifactType, key.Statement(sha256, length)), signature)
            ? null
            : "its signature is not over these bytes of this module for this engine and processor";
    }

    private static (Delegation Delegation, byte[] Signature)? Parse(ReadOnlySpan<byte> seal)
    {
        if (seal.Length > MostBytes)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(seal.ToArray());
            if (!json.RootElement.TryGetProperty("delegation", out var element) || Delegation.TryParse(element) is not { } delegation
                || !json.RootElement.TryGetProperty("sig", out var text) || !text.TryGetBytesFromBase64(out var signature))
            {
                return null;
            }

            // One form only: a byte that means the same is a changed byte all the same.
            return Write(delegation, signature).AsSpan().SequenceEqual(seal) ? (delegation, signature) : null;
        }
        catch (Exception damaged) when (damaged is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static byte[] Write(Delegation delegation, byte[] signature)
    {
        var json = new JcsWriter(1024);
        json.BeginObject().Name("delegation");
        delegation.WriteTo(json);
        json.Name("sig").Base64(signature).EndObject();
        return json.ToArray();
    }
}
