using System.Text.Json;
using Voxeltron.Ultra;

namespace Voxeltron.Api.Gates;

/// <param name="Gate">Its number in the mission: with the mission it names the gate.</param>
/// <param name="CellId">The cell that asked; null where the gate stands before its task.</param>
/// <param name="State">open, escalated, approved, denied, expired or voided.</param>
/// <param name="Code">Why it was voided.</param>
/// <param name="Approvals">Who approved so far.</param>
/// <param name="Requesters">API keys whose decisions do not count: they asked for the work.</param>
internal sealed record GateView(
    string MissionId, long Gate, string Name, string TaskKey, string? CellId, string State, string? Code, int Quorum, IReadOnlyList<string> Roles, IReadOnlyList<string> Approvals,
    string? DeniedBy, IReadOnlyList<string> Requesters, string ModuleDigest, string Digest, string TimeOpened, string? TimeExpires, string? TimeEnded, long? EndedSeq)
{
    public static GateView Of(GateRow row) => new(
        row.Mission.ToString(), row.OpenedSeq, row.Name, row.TaskKey, row.Cell?.ToString(), row.Status, row.Code, row.Quorum, row.Roles, row.Approvals,
        row.DeniedBy, row.Requesters, row.Module.Value, row.Digest, ApiTime.Text(row.OpenedUs), Time(row.ExpiresUs), Time(row.EndedUs), row.EndedSeq);

    private static string? Time(long? us) => us is { } time ? ApiTime.Text(time) : null;
}

/// <param name="NextBefore">Null: there are no older ones.</param>
internal sealed record GatePage(IReadOnlyList<GateView> Gates, string? NextBefore);

/// <param name="Document">What is approved, in base64 so that every byte of it comes through: its SHA-256 is the digest. Null where it was erased.</param>
/// <param name="Shown">The same as JSON, for reading.</param>
internal sealed record GateDetail(GateView Gate, byte[]? Document, JsonElement? Shown);

/// <param name="Decision">approve or deny.</param>
/// <param name="Digest">Of the document that was read.</param>
internal sealed record DecisionBody(string Decision, string Digest, string? Comment, SignatureBody? Signature);

internal sealed record SignatureBody(string Approver, string Kid, string Sig);

/// <summary>By an approver's own key, as it came.</summary>
internal sealed record ApproverSignature(string Approver, string Kid, byte[] Sig);

/// <param name="Status">counted: it counts, and more are needed; approved, denied: it was the last one; voided: what was to be approved has changed; accepted or attached: durable, not answered yet.</param>
/// <param name="Code">Why it was voided.</param>
/// <param name="Seq">The entry that answers it.</param>
internal sealed record DecisionView(string MissionId, long Gate, string IntentId, string Status, string? Code, long? Seq);

/// <param name="PublicKey">Ed25519, 32 bytes in base64.</param>
/// <param name="Principal">Id of the API key their decisions will come with.</param>
internal sealed record ApproverBody(string Name, string PublicKey, string Principal);

internal sealed record ApproverView(string Name, string Principal, string PublicKey, string Kid, long EnrolledSeq, string TimeEnrolled, long? RevokedSeq, string? TimeRevoked)
{
    public static ApproverView Of(ApproverRow row) => new(
        row.Name, row.Principal, Convert.ToBase64String(row.PublicKey), row.Kid, row.EnrolledSeq, ApiTime.Text(row.EnrolledUs), row.RevokedSeq,
        row.RevokedUs is { } us ? ApiTime.Text(us) : null);
}

internal sealed record ApproverPage(IReadOnlyList<ApproverView> Approvers);

/// <param name="Status">enrolled or revoked; accepted or attached: durable, not answered yet.</param>
internal sealed record ApproverActView(string Name, string IntentId, string Status, long? Seq);
