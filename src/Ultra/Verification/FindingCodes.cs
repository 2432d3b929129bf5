namespace Voxeltron.Ultra;

/// <summary>Every code a finding may carry. Codes are a contract with auditors: they are added, never renamed.</summary>
public static class FindingCodes
{
    // The list was cut; the log is worse than the list says.
    public const string TooManyFindings = "too_many_findings";

    // Trust: genesis and delegations.
    public const string GenesisMissing = "genesis_missing";
    public const string GenesisInvalid = "genesis_invalid";
    public const string GenesisOutOfPlace = "genesis_out_of_place";
    public const string DelegationInvalid = "delegation_invalid";
    public const string DelegationOutOfPlace = "delegation_out_of_place";
    public const string KeyUnknown = "key_unknown";
    public const string KeyNotValid = "key_not_valid";

    // Entries.
    public const string StreamEmpty = "stream_empty";
    public const string StreamMismatch = "stream_mismatch";
    public const string SeqGap = "seq_gap";
    public const string ChainBroken = "chain_broken";
    public const string HeaderMalformed = "header_malformed";
    public const string KindUnknown = "kind_unknown";
    public const string BodyTooLarge = "body_too_large";
    public const string BodyNotCanonical = "body_not_canonical";
    public const string PayloadMissing = "payload_missing";
    public const string PayloadMismatch = "payload_mismatch";
    public const string PayloadUnexpected = "payload_unexpected";

    // Order and ownership inside a stream.
    public const string FirstEntryWrong = "first_entry_wrong";
    public const string EpochMismatch = "epoch_mismatch";
    public const string EpochBodyMismatch = "epoch_body_mismatch";
    public const string ActorMismatch = "actor_mismatch";
    public const string IntentMismatch = "intent_mismatch";
    public const string IntentDuplicate = "intent_duplicate";
    public const string IntentRole = "intent_role";
    public const string CellBootInvalid = "cell_boot_invalid";
    public const string CellUnknown = "cell_unknown";

    // Seals.
    public const string SealMalformed = "seal_malformed";
    public const string SealOutOfPlace = "seal_out_of_place";
    public const string SealRange = "seal_range";
    public const string SealRoot = "seal_root";
    public const string SealSigner = "seal_signer";
    public const string SealSignature = "seal_signature";
    public const string SealCommit = "seal_commit";
    public const string HostSealMissing = "host_seal_missing";
    public const string ActorSealMissing = "actor_seal_missing";
    public const string CellSealMissing = "cell_seal_missing";

    // Heads.
    public const string HeadMissing = "head_missing";
    public const string HeadMismatch = "head_mismatch";
    public const string HeadWithoutStream = "head_without_stream";

    // Commits, leaves, checkpoints.
    public const string CommitMissing = "commit_missing";
    public const string CommitGap = "commit_gap";
    public const string CommitPrevious = "commit_previous";
    public const string CommitCounts = "commit_counts";
    public const string CommitRoot = "commit_root";
    public const string CommitSignature = "commit_signature";
    public const string CommitMalformed = "commit_malformed";
    public const string LeafGap = "leaf_gap";
    public const string LeafMismatch = "leaf_mismatch";
    public const string LeafWithoutCommit = "leaf_without_commit";
    public const string CheckpointInvalid = "checkpoint_invalid";
    public const string CheckpointRoot = "checkpoint_root";
    public const string CheckpointBeyondTree = "checkpoint_beyond_tree";
    public const string ExternalCheckpointInvalid = "external_checkpoint_invalid";
    public const string ExternalCheckpointRoot = "external_checkpoint_root";
    public const string ShorterThanExternalCheckpoint = "shorter_than_external_checkpoint";

    // Export files.
    public const string ExportMismatch = "export_mismatch";
}
