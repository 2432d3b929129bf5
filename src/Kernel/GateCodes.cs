namespace Voxeltron.Kernel;

/// <summary>Why a gate's decision did not count, why a gate was voided, and how a task ends that was not let through. Listed in docs/gates.md; added, never renamed.</summary>
public static class GateCodes
{
    // How a task ends.
    public const string Denied = "gate_denied";
    public const string Expired = "gate_expired";

    // Why a decision did not count.
    public const string NotOpen = "gate_not_open";
    public const string Changed = "gate_changed";
    public const string OwnRequest = "gate_own_request";
    public const string AlreadyDecided = "gate_already_decided";
    public const string Role = "gate_role";
    public const string Approver = "gate_approver";
    public const string Signature = "gate_signature";
    public const string SignatureRequired = "gate_signature_required";
    public const string NotEnrolled = "gate_not_enrolled";
    public const string Malformed = "gate_malformed";

    // Why an enrolment changed nothing.
    public const string ApproverKnown = "approver_known";
    public const string ApproverUnknown = "approver_unknown";
    public const string ApproverMalformed = "approver_malformed";

    // Why a gate was voided.
    public const string ModuleChanged = "module_changed";
    public const string RowsChanged = "rows_changed";

    /// <summary>The task ended another way: what the gate asked for will not be done.</summary>
    public const string TaskEnded = "task_ended";

    /// <summary>The document was erased, so nobody can say whether what it names is unchanged.</summary>
    public const string Erased = "document_erased";
}
