using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>A person whose own key signs decisions, as an operator enrolled them in the tenant's system stream.</summary>
/// <param name="Name">How gates and people call them.</param>
/// <param name="Principal">The API key their decisions come with: a signature that came with another counts for nothing.</param>
/// <param name="PublicKey">Ed25519, 32 bytes. The private half never was in the fabric.</param>
/// <param name="EnrolledSeq">The entry that says so.</param>
public sealed record EnrolledApprover(string Name, string Principal, byte[] PublicKey, long EnrolledSeq)
{
    public KeyId Kid => KeyId.Of(PublicKey);

    /// <returns>Null when the body is no well-formed <c>approver.enrolled</c>, or names another key id than its key has.</returns>
    public static EnrolledApprover? TryParse(JsonElement body, long seq) =>
        body.GetText("name") is { } name && body.GetText("principal") is { } principal
            && body.GetBase64("key") is { Length: Ed25519.PublicKeyBytes } key && body.GetText("kid") == KeyId.Of(key).Value
            ? new EnrolledApprover(name, principal, key, seq)
            : null;
}
