namespace Voxeltron.Ultra;

/// <summary>What a verification read and what it found.</summary>
/// <param name="HostSealedOnly">Entries of cells that never sealed them, legally: their host died or they were aborted first.</param>
/// <param name="PayloadsErased">Payloads a body names that are gone.</param>
/// <param name="CommitsAfterCheckpoint">Commits no signed head of the tree covers yet.</param>
public sealed record VerificationReport(
    long Entries,
    long Streams,
    long Commits,
    long Seals,
    long Checkpoints,
    long HostSealedOnly,
    long PayloadsErased,
    long CommitsAfterCheckpoint,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>The log lacked streams of its fabric; nothing is said about those.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Commits that touch only absent streams: signature, chain and place in the tree were checked, their root was not.</summary>
    public long CommitsElsewhere { get; init; }

    public bool Clean => Findings.Count == 0;
}
