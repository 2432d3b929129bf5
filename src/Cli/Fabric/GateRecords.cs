using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

/// <summary>Gates and approvers as the API answers them (docs/http.md).</summary>
public sealed record GateAnswer(
    string MissionId, long Gate, string Name, string TaskKey, string? CellId, string State, string? Code, int Quorum, IReadOnlyList<string> Roles, IReadOnlyList<string> Approvals,
    string? DeniedBy, IReadOnlyList<string> Requesters, string ModuleDigest, string Digest, string TimeOpened, string? TimeExpires, string? TimeEnded);

public sealed record GatePage(IReadOnlyList<GateAnswer> Gates, string? NextBefore);

/// <param name="Document">The bytes whose SHA-256 is the digest; null where they were erased.</param>
public sealed record GateDetailAnswer(GateAnswer Gate, byte[]? Document, JsonElement? Shown);

public sealed record SignatureRequest(string Approver, string Kid, string Sig);

public sealed record DecisionRequest(string Decision, string Digest, string? Comment, SignatureRequest? Signature);

public sealed record DecisionAnswer(string MissionId, long Gate, string IntentId, string Status, string? Code, long? Seq);

public sealed record ApproverRequest(string Name, string PublicKey, string Principal);

public sealed record ApproverAnswer(string Name, string Principal, string PublicKey, string Kid, long EnrolledSeq, string TimeEnrolled, long? RevokedSeq, string? TimeRevoked);

public sealed record ApproverPage(IReadOnlyList<ApproverAnswer> Approvers);

public sealed record ApproverActAnswer(string Name, string IntentId, string Status, long? Seq);
