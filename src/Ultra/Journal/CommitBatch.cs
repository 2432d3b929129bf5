using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>What one commit carries. Streams are in <see cref="StreamRef"/> order, the order of the commit's root and of the head updates.</summary>
/// <param name="Sealing">Signatures take as long as the entries' way into the database, so both may go on at once. A batch that is sent again has the same seals.</param>
public sealed record CommitBatch(HostId Host, long Number, IReadOnlyList<StreamBatch> Streams, Task<CommitSeals> Sealing);

/// <summary>What is signed over one commit: the commit's own row, and every host, cell and actor seal of its streams.</summary>
public sealed record CommitSeals(CommitRow Commit, IReadOnlyList<SealRow> Seals);

/// <summary>One stream's part of a commit.</summary>
/// <param name="PreviousEpoch">Set on this epoch's first commit only: the epoch the head must still stand at; 0 = the stream is new.</param>
public sealed record StreamBatch(
    TenantId Tenant,
    StreamId Stream,
    long Epoch,
    long? PreviousEpoch,
    IReadOnlyList<Entry> Entries,
    StreamProjection Projection);

/// <summary>Rows of <c>control</c> that follow from the entries, written in the same transaction.</summary>
/// <param name="Finished">The stream has ended: its lease is released for good.</param>
public sealed record StreamProjection(
    IReadOnlyList<ConsumedIntent> Consumed,
    MissionRow? Mission,
    IReadOnlyList<TaskRow> Tasks,
    IReadOnlyList<ModuleRow> Modules,
    bool Finished)
{
    public static readonly StreamProjection Empty = new([], null, [], [], Finished: false);

    /// <summary>Which version runs of each module the mission declares; all of them, when one has changed.</summary>
    public IReadOnlyList<MissionModuleRow> MissionModules { get; init; } = [];

    /// <summary>Incidents that were opened, closed or had another fault, each in its latest state.</summary>
    public IReadOnlyList<IncidentRow> Incidents { get; init; } = [];

    /// <summary>Dimensions of the mission's budget that changed, each in its latest state.</summary>
    public IReadOnlyList<BudgetRow> Budget { get; init; } = [];

    /// <summary>Gates that were opened, decided on or ended, each in its latest state.</summary>
    public IReadOnlyList<GateRow> Gates { get; init; } = [];

    /// <summary>Approvers that were enrolled or revoked, each in its latest state.</summary>
    public IReadOnlyList<ApproverRow> Approvers { get; init; } = [];

    /// <summary>Views that were declared or built anew, each once; written before <see cref="ViewDeltas"/>, which are later than them.</summary>
    public IReadOnlyList<ViewProjection> Views { get; init; } = [];

    /// <summary>What entries changed of published views, in order of seq.</summary>
    public IReadOnlyList<ViewDelta> ViewDeltas { get; init; } = [];

    /// <summary>Whom the tenant's missions may ask; null: as before.</summary>
    public ModelCatalogRow? ModelCatalog { get; init; }

    /// <summary>Whether they may ask outside; null: as before.</summary>
    public AirGapRow? AirGap { get; init; }

    /// <summary>Bytes of the views' rows, keys included.</summary>
    public long ViewBytes => Views.Sum(static view => Bytes(view.Rows)) + ViewDeltas.Sum(static delta => Bytes(delta.Rows));

    private static long Bytes(IReadOnlyList<ViewRow> rows) => rows.Sum(static row => (long)row.Key.Length + row.Json.Length);
}

/// <summary>An inbox row that became the entry at <paramref name="Seq"/>.</summary>
public readonly record struct ConsumedIntent(Guid InboxId, long Seq);
