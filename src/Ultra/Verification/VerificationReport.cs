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
    public bool Clean => Findings.Count == 0;
}
