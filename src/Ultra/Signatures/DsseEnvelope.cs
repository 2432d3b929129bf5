using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>The JSON form of DSSE, as documents that operators sign travel in it.</summary>
/// <remarks><code>{"payload":BASE64,"payloadType":TYPE,"signatures":[{"keyid":KID,"sig":BASE64}…]}</code></remarks>
internal static class DsseEnvelope
{
    public const int MostSignatures = 8;

    /// <param name="verb">Whose <c>sign</c> makes one.</param>
    /// <returns>Null where it is none of that type; then <paramref name="error"/> says why.</returns>
    public static (byte[] Signed, IReadOnlyList<EgressSignature> Signatures)? TryParse(JsonElement json, string payloadType, string verb, out EgressError error)
    {
        error = default;
        if (json.GetBase64("payload") is not { } signed || json.GetText("payloadType") is not { } type
            || json.GetMember("signatures") is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is 0 or > MostSignatures)
        {
            error = new EgressError("", $"It is no DSSE envelope: members payload (base64), payloadType and signatures (1 to {MostSignatures}). Make one with: voxeltron {verb} sign.");
            return null;
        }

        if (type != payloadType)
        {
            error = new EgressError("payloadType", $"It is '{type}'; this fabric reads '{payloadType}'.");
            return null;
        }

        var signatures = new List<EgressSignature>();
        foreach (var one in array.EnumerateArray())
        {
            if (one.GetText("keyid") is not { } keyId || one.GetBase64("sig") is not { } signature)
            {
                error = new EgressError("signatures", "Each needs keyid and sig (base64).");
                return null;
            }

            signatures.Add(new EgressSignature(keyId, signature));
        }

        return (signed, signatures);
    }

    /// <returns>The key that signed it, of those given; null when none did.</returns>
    public static KeyId? SignedBy(string payloadType, byte[] signed, IReadOnlyList<EgressSignature> signatures, IEnumerable<byte[]> publicKeys)
    {
        foreach (var key in publicKeys)
        {
            var id = KeyId.Of(key);
            foreach (var signature in signatures)
            {
                if (signature.KeyId == id.Value && Ed25519.Verify(key, Dsse.Pae(payloadType, signed), signature.Value))
                {
                    return id;
                }
            }
        }

        return null;
    }

    public static byte[] Write(string payloadType, byte[] signed, IReadOnlyList<EgressSignature> signatures)
    {
        var json = new JcsWriter(signed.Length * 2);
        json.BeginObject();
        json.Name("payload").Base64(signed);
        json.Name("payloadType").String(payloadType);
        json.Name("signatures").BeginArray();
        foreach (var signature in signatures)
        {
            json.BeginObject();
            json.Name("keyid").String(signature.KeyId);
            json.Name("sig").Base64(signature.Value);
            json.EndObject();
        }

        json.EndArray();
        json.EndObject();
        return json.ToArray();
    }
}
