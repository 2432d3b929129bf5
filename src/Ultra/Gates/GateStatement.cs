using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>
/// What an approver's own key signs: one decision, on one gate of one mission, about the document of that digest. A signature says
/// nothing about any other gate, and nothing about the same one after it was voided and opened anew.
/// </summary>
public static class GateStatement
{
    public const string PayloadType = "application/vnd.voxeltron.gate-decision.v1+json";

    public const string Approve = "approve";
    public const string Deny = "deny";

    private const int Version = 1;

    /// <param name="openedSeq">The gate's number in its mission.</param>
    /// <param name="digest">SHA-256 of its document, lower-case hex.</param>
    public static byte[] Write(TenantId tenant, MissionId mission, long openedSeq, string digest, bool approves)
    {
        var json = new JcsWriter();
        json.BeginObject();
        json.Name("decision").String(approves ? Approve : Deny);
        json.Name("digest").String(digest);
        json.Name("gate").Integer(openedSeq);
        json.Name("mission").String(mission.ToString());
        json.Name("tenant").String(tenant.Value);
        json.Name("v").Integer(Version);
        json.EndObject();
        return json.ToArray();
    }

    /// <returns>64 bytes: Ed25519 over the DSSE encoding.</returns>
    public static byte[] Sign(ISigner signer, TenantId tenant, MissionId mission, long openedSeq, string digest, bool approves) =>
        signer.Sign(Dsse.Pae(PayloadType, Write(tenant, mission, openedSeq, digest, approves)));

    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> signature, TenantId tenant, MissionId mission, long openedSeq, string digest, bool approves) =>
        Ed25519.Verify(publicKey, Dsse.Pae(PayloadType, Write(tenant, mission, openedSeq, digest, approves)), signature);
}
