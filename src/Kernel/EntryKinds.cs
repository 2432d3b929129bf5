namespace Voxeltron.Kernel;

/// <summary>Every kind of entry a stream may hold. The word is the same in C#, SQL, JSON and documents.</summary>
public static class EntryKinds
{
    // Intents: signed by their actor in control.inbox, appended verbatim by the stream's owner.
    public const string Genesis = "genesis";
    public const string KeyDelegated = "key.delegated";
    public const string ModuleSubmitted = "module.submitted";
    public const string MissionSubmitted = "mission.submitted";
    public const string InputSubmitted = "input.submitted";
    public const string InputClosed = "input.closed";
    public const string MissionCancelRequested = "mission.cancel_requested";

    /// <summary>A view of a running mission gets this SQL; the answer is <see cref="ViewBuilt"/> or a refusal.</summary>
    public const string ViewDeclared = "view.declared";

    /// <summary>Whatever a running mission runs of one module goes on in another; the answer begins with <see cref="ModuleReloadBegan"/>, or is a refusal.</summary>
    public const string ModuleReloadRequested = "module.reload_requested";

    /// <summary>Back to the version before; answered as a reload.</summary>
    public const string ModuleRollbackRequested = "module.rollback_requested";

    /// <summary>An operator wants a fault in a live cell; the answer is <see cref="FaultInjected"/> or a refusal, directly behind it.</summary>
    public const string FaultInjectRequested = "fault.inject_requested";

    /// <summary>Nothing more is to be dispatched, until <see cref="MissionResumeRequested"/>.</summary>
    public const string MissionPauseRequested = "mission.pause_requested";
    public const string MissionResumeRequested = "mission.resume_requested";

    /// <summary>More may be spent from here on.</summary>
    public const string BudgetTopUpRequested = "budget.topup_requested";

    /// <summary>A failed task is to be tried again.</summary>
    public const string TaskRetryRequested = "task.retry_requested";

    /// <summary>Somebody approves or denies what a gate asks for; the answer stands directly behind it: <see cref="GateDecided"/>, <see cref="GateVoided"/> or a refusal.</summary>
    public const string GateDecisionSubmitted = "gate.decision_submitted";

    // In a tenant's system stream: whose key may sign decisions.
    public const string ApproverEnrolled = "approver.enrolled";
    public const string ApproverRevoked = "approver.revoked";

    /// <summary>An operator's list of model providers, signed, for the tenant; it holds from here on unless a refusal follows directly.</summary>
    public const string ModelsDeclared = "models.declared";

    /// <summary>Model calls of the tenant may leave the house, or may not; in the system stream of the tenant <c>fabric</c>: of all tenants.</summary>
    public const string AirGapSet = "air_gap.set";

    /// <summary>A host's word on what an independent replay made of a snapshot.</summary>
    public const string SnapshotJudged = "snapshot.judged";

    // Written by the owner host.
    public const string EpochBegan = "epoch.began";
    public const string ModuleRegistered = "module.registered";
    public const string ModuleRefused = "module.refused";
    public const string IntentRefused = "intent.refused";
    public const string CellBooted = "cell.booted";
    public const string CellBootFailed = "cell.boot_failed";
    public const string TaskDispatched = "task.dispatched";
    public const string ActionAborted = "action.aborted";
    public const string TaskFailed = "task.failed";
    public const string TaskSkipped = "task.skipped";
    public const string CellStopped = "cell.stopped";
    public const string MissionCompleted = "mission.completed";
    public const string SnapshotTaken = "snapshot.taken";
    public const string ViewBuilt = "view.built";

    // A mission's budget: a soft limit passed, a limit that stops it, memory kept warm since the last such entry.
    public const string BudgetWarned = "budget.warned";
    public const string BudgetExhausted = "budget.exhausted";
    public const string BudgetMetered = "budget.metered";

    /// <summary>The mission's deadline passed.</summary>
    public const string MissionExpired = "mission.expired";

    // A reload: begun, then each cell's swap (cell.booted, cell.stopped), then one of two ends.
    public const string ModuleReloadBegan = "module.reload_began";
    public const string ModuleReloaded = "module.reloaded";

    /// <summary>A cell of the new version could not begin: every cell that was swapped goes back.</summary>
    public const string ModuleReloadFailed = "module.reload_failed";

    /// <summary>After <see cref="ModuleReloadFailed"/>: the old version runs everywhere.</summary>
    public const string ModuleRestored = "module.restored";

    // A crash loop of a profile: its restart policy holds what would be dispatched, and lets go.
    public const string IncidentOpened = "incident.opened";
    public const string IncidentClosed = "incident.closed";

    /// <summary>A fault that was asked for is about to happen: in the cell's next event, or when this entry is durable.</summary>
    public const string FaultInjected = "fault.injected";

    // What came of a request a cell made outside, before its cell is told.
    public const string HttpReplied = "http.replied";

    /// <summary>No answer: the server, the network or a limit.</summary>
    public const string HttpFailed = "http.failed";

    /// <summary>No answer, because the place may not be reached: the broker's verdict. One a second and task at most; what was refused meanwhile is counted in it.</summary>
    public const string EgressRefused = "egress.refused";

    // A human gate: opened, each decision that counted, and what ended it otherwise.
    public const string GateOpened = "gate.opened";
    public const string GateDecided = "gate.decided";

    /// <summary>What was to be approved is no longer what would be done.</summary>
    public const string GateVoided = "gate.voided";

    /// <summary>Nobody decided in time: never an approval.</summary>
    public const string GateExpired = "gate.expired";
    public const string GateEscalated = "gate.escalated";

    /// <summary>A provider answered a model call.</summary>
    public const string ModelReplied = "model.replied";

    /// <summary>No provider did.</summary>
    public const string ModelFailed = "model.failed";

    // Written by a cell: one delivered event, one transaction.
    public const string Action = "action";

    public static bool IsIntent(string kind) => kind is Genesis or KeyDelegated or ModuleSubmitted or MissionSubmitted
        or InputSubmitted or InputClosed or MissionCancelRequested or ViewDeclared or SnapshotJudged
        or ModuleReloadRequested or ModuleRollbackRequested or FaultInjectRequested
        or MissionPauseRequested or MissionResumeRequested or BudgetTopUpRequested or TaskRetryRequested
        or GateDecisionSubmitted or ApproverEnrolled or ApproverRevoked
        or ModelsDeclared or AirGapSet;

    public static bool IsHostKind(string kind) => kind is EpochBegan or ModuleRegistered
        or ModuleRefused or IntentRefused or CellBooted or CellBootFailed or TaskDispatched or ActionAborted or TaskFailed
        or TaskSkipped or CellStopped or MissionCompleted or SnapshotTaken or ViewBuilt
        or ModuleReloadBegan or ModuleReloaded or ModuleReloadFailed or ModuleRestored
        or BudgetWarned or BudgetExhausted or BudgetMetered or MissionExpired
        or IncidentOpened or IncidentClosed or FaultInjected or HttpReplied or HttpFailed or EgressRefused
        or GateOpened or GateDecided or GateVoided or GateExpired or GateEscalated
        or ModelReplied or ModelFailed;
}
