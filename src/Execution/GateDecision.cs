using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>A decision as its intent has it: what somebody says, and how the fabric knows who.</summary>
/// <param name="Seq">The intent's entry.</param>
/// <param name="OpenedSeq">The gate; 0 where the intent names none.</param>
/// <param name="Principal">The API key it came with, as Api attests.</param>
/// <param name="Approver">The name the signer claims; null where it is not signed.</param>
/// <param name="Kid">The key they say it is signed with.</param>
public sealed record GateDecision(
    long Seq, Guid Intent, long TimeUs, long OpenedSeq, bool Approves, string Digest, string Principal, string Role, string? Approver, string? Kid, byte[]? Signature)
{
    /// <summary>The intent says nothing a host could count.</summary>
    public bool IsMalformed => OpenedSeq == 0;

    public bool IsSigned => Signature is not null;

    public static GateDecision Of(Entry entry)
    {
        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        var id = IntentHeader.TryParse(body)?.Id ?? throw new InvariantException($"Entry {entry.Header.Seq} is an intent without its intent member.");
        var caller = body.GetObject("caller");
        var word = body.GetText("decision");
        var signature = body.GetObject("signature");
        var (approver, kid, bytes) = signature is { } s ? (s.GetText("approver"), s.GetText("kid"), s.GetBase64("sig")) : (null, null, null);
        var isWhole = word is GateStatement.Approve or GateStatement.Deny && body.GetInteger("gate") is > 0 && body.GetText("digest") is not null
            && caller?.GetText("key") is not null && caller.Value.GetText("role") is not null
            && (body.GetMember("signature") is null || (approver is not null && kid is not null && bytes is not null));
        return new GateDecision(
            entry.Header.Seq, id, entry.Header.TimeUs, isWhole ? body.GetInteger("gate")!.Value : 0, word == GateStatement.Approve, body.GetText("digest") ?? "",
            caller?.GetText("key") ?? "", caller?.GetText("role") ?? "", approver, kid, bytes);
    }

    /// <summary>What it counts as, if its signature is the enrolled approver's.</summary>
    public GateVote Vote => new(Approves, Digest, Principal, Role, Approver, Kid);

    /// <summary>Why a signed decision is not the approver's, by code; null when it is.</summary>
    /// <param name="enrolled">Who is enrolled under the name; null: nobody.</param>
    public string? SignatureRefusal(EnrolledApprover? enrolled, TenantId tenant, MissionId mission) =>
        enrolled is null || enrolled.Name != Approver ? GateCodes.NotEnrolled
        : enrolled.Principal != Principal || enrolled.Kid.Value != Kid || !GateStatement.Verify(enrolled.PublicKey, Signature, tenant, mission, OpenedSeq, Digest, Approves)
            ? GateCodes.Signature
            : null;
}
