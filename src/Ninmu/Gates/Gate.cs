using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

public enum GateStatus : byte
{
    Open,

    /// <summary>Open still, after its time: somebody else is to be asked.</summary>
    Escalated,
    Approved,
    Denied,
    Expired,
    Voided,
}

/// <summary>
/// One question to people, and what they said so far. Immutable: the book puts another in its place.
/// </summary>
/// <param name="OpenedSeq">The entry that opened it: its number in the mission.</param>
/// <param name="Ticket">What the cell that asked waits for; 0 where the gate stands before its task.</param>
/// <param name="Cell">The cell that asked; null where the gate stands before its task.</param>
/// <param name="Module">The version the task would run, or the cell ran when it asked.</param>
/// <param name="Digest">SHA-256 of the document: what an approval is of.</param>
/// <param name="Requesters">Keys of those who asked for the work: their decisions count for nothing.</param>
/// <param name="Rows">The rows the request named, as the document has them; null where it was erased.</param>
public sealed record Gate(
    long OpenedSeq, SpecGate Rule, string TaskKey, long Ticket, CellId? Cell, ModuleDigest Module, string Digest, IReadOnlyList<string> Requesters, string? Rows, long OpenedUs)
{
    public GateStatus Status { get; init; }

    /// <summary>Approvals that counted, in order.</summary>
    public IReadOnlyList<GateVote> Approvals { get; init; } = [];

    /// <summary>Who said no; null unless somebody did.</summary>
    public GateVote? Denial { get; init; }

    /// <summary>Why it was voided.</summary>
    public string? Code { get; init; }

    /// <summary>The entry that ended it; 0 while it is open, and where its task's end ended it.</summary>
    public long EndedSeq { get; init; }

    public long? EndedUs { get; init; }

    public bool IsOpen => Status is GateStatus.Open or GateStatus.Escalated;

    /// <summary>When its time is over. Unix microseconds; null when it has none, or is escalated already.</summary>
    public long? ExpiresUs => Rule.ExpiresMs is { } ms && Status != GateStatus.Escalated ? OpenedUs + (ms * 1000) : null;

    /// <summary>In rows, envelopes and documents.</summary>
    public string Word => Status switch
    {
        GateStatus.Open => "open",
        GateStatus.Escalated => "escalated",
        GateStatus.Approved => "approved",
        GateStatus.Denied => "denied",
        GateStatus.Expired => "expired",
        _ => "voided",
    };
}

/// <summary>One person's decision, as the host that counted it knows it.</summary>
/// <param name="Approves">False: it denies.</param>
/// <param name="Digest">Of the document that was decided on.</param>
/// <param name="Principal">The API key it came with.</param>
/// <param name="Role">That key's role.</param>
/// <param name="Approver">The name under which the signer's key is enrolled; null where the Api alone attests who it was.</param>
/// <param name="Kid">The signer's key.</param>
public sealed record GateVote(bool Approves, string Digest, string Principal, string Role, string? Approver, string? Kid)
{
    /// <summary>Whom the cell and people are told.</summary>
    public string By => Approver ?? Principal;

    public bool IsOfSamePerson(GateVote other) =>
        Principal == other.Principal || (Kid is not null && Kid == other.Kid) || (Approver is not null && Approver == other.Approver);
}
