using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A signed statement that a key may act in a role for a subject, for a time. Carried in bodies with its signature beside its fields.</summary>
/// <param name="Key">Raw Ed25519 public key.</param>
/// <param name="Subject">The actor the key signs as: <c>host/&lt;32hex&gt;</c>, <c>api/&lt;kid&gt;</c>…</param>
public sealed record Delegation(
    KeyId Issuer,
    byte[] Key,
    long NotBeforeUs,
    long NotAfterUs,
    string Role,
    string Subject,
    byte[] Signature)
{
    private const int Version = 1;

    public KeyId Kid => KeyId.Of(Key);

    public static Delegation Create(ISigner issuer, byte[] key, string role, string subject, long notBeforeUs, long notAfterUs)
    {
        if (!KeyRoles.IsDelegable(role))
        {
            throw new ArgumentException($"'{role}' is no role a key can be delegated for.", nameof(role));
        }

        var unsigned = new Delegation(issuer.KeyId, key, notBeforeUs, notAfterUs, role, subject, []);
        return unsigned with { Signature = issuer.Sign(Dsse.Pae(Dsse.DelegationType, unsigned.Statement())) };
    }

    /// <summary>For keys that act under their own id: every role but host.</summary>
    public static Delegation ForKey(ISigner issuer, byte[] key, string role, long notBeforeUs, long notAfterUs) =>
        Create(issuer, key, role, Actors.Key(role, KeyId.Of(key)), notBeforeUs, notAfterUs);

    public static Delegation ForHost(ISigner issuer, byte[] key, HostId host, long notBeforeUs, long notAfterUs) =>
        Create(issuer, key, KeyRoles.Host, Actors.Host(host), notBeforeUs, notAfterUs);

    /// <summary>The signature is the issuer's, over exactly these fields. Says nothing about whether the issuer may delegate.</summary>
    public bool Verify(ReadOnlySpan<byte> issuerPublicKey) =>
        KeyId.Of(issuerPublicKey) == Issuer && Ed25519.Verify(issuerPublicKey, Dsse.Pae(Dsse.DelegationType, Statement()), Signature);

    public bool IsValidAt(long timeUs) => NotBeforeUs <= timeUs && timeUs <= NotAfterUs;

    /// <summary>What is signed: the object without <c>sig</c>.</summary>
    public byte[] Statement() => Write(new JcsWriter(320), withSignature: false).ToArray();

    /// <summary>The object as bodies carry it, <c>sig</c> included.</summary>
    public void WriteTo(JcsWriter writer) => Write(writer, withSignature: true);

    /// <returns>Null when a member is missing, of another type or version, or the key id is not the key's.</returns>
    public static Delegation? TryParse(JsonElement json)
    {
        if (json.GetText("issuer") is not { } issuer || json.GetBase64("key") is not { Length: Ed25519.PublicKeyBytes } key
            || json.GetText("kid") is not { } kid || json.GetInteger("not_before_us") is not { } notBefore
            || json.GetInteger("not_after_us") is not { } notAfter || json.GetText("role") is not { } role
            || json.GetBase64("sig") is not { } signature || json.GetText("subject") is not { } subject
            || json.GetInteger("v") != Version || KeyId.Of(key).Value != kid)
        {
            return null;
        }

        return new Delegation(new KeyId(issuer), key, notBefore, notAfter, role, subject, signature);
    }

    private JcsWriter Write(JcsWriter writer, bool withSignature)
    {
        writer.BeginObject()
            .Name("issuer").String(Issuer.Value)
            .Name("key").Base64(Key)
            .Name("kid").String(Kid.Value)
            .Name("not_after_us").Integer(NotAfterUs)
            .Name("not_before_us").Integer(NotBeforeUs)
            .Name("role").String(Role);
        if (withSignature)
        {
            writer.Name("sig").Base64(Signature);
        }

        return writer.Name("subject").String(Subject).Name("v").Integer(Version).EndObject();
    }
}
