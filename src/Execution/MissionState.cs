using System.Text.Json;
using Voxeltron.Cells;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

/// <summary>
/// A mission as its entries made it: spec, task graph, tables, secret, and where each input's bytes stand.
/// <see cref="Apply"/> folds any entry; the owner of a live mission, who has just committed an action's writes to the
/// same store, calls the narrower members instead, and both ways must end in the same state.
/// </summary>
public sealed partial class MissionState(TenantId tenant, MissionId mission, StoreLimits limits, SpecShelf? shelf = null)
{
    private readonly Dictionary<string, long> _itemSeq = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _resultSeq = new(StringComparer.Ordinal);

    public TenantId Tenant { get; } = tenant;

    public MissionId Mission { get; } = mission;

    public long Epoch { get; private set; }

    /// <summary>Seeds every delivery's random stream; payload of the first <c>epoch.began</c>. Empty when that payload was erased.</summary>
    public byte[] Secret { get; private set; } = [];

    /// <summary>Null until a spec was accepted.</summary>
    public MissionSpec? Spec { get; private set; }

    public MissionMachine Machine => _machine ?? throw NotAccepted();

    public MissionStore Store => _store ?? throw NotAccepted();

    /// <summary>What running tasks wait for.</summary>
    public TimerBook Timers { get; } = new();

    public IReadOnlyList<TableSchema> Tables { get; private set; } = [];

    public long TimeCreatedUs { get; private set; }

    public long? TimeCompletedUs { get; private set; }

    /// <summary>The mission ended, or was refused: nothing more may be appended but refusals.</summary>
    public bool Finished { get; private set; }

    private MissionMachine? _machine;
    private MissionStore? _store;
    private long _submittedSeq;

    /// <summary>Seq of the spec's entry; 0 before. A snapshot does not hold what stands up to there: spec and secret are read from the log.</summary>
    public long SubmittedSeq => _submittedSeq;

    /// <summary>Seq of the entry whose payload holds the item's bytes.</summary>
    public bool TryItem(string input, string itemKey, out long seq) => _itemSeq.TryGetValue(ItemName(input, itemKey), out seq);

    /// <summary>Seq of the action that completed the task.</summary>
    public bool TryResult(string taskKey, out long seq) => _resultSeq.TryGetValue(taskKey, out seq);

    /// <summary>Some view is declared: then <see cref="Write"/> writes what follows them too.</summary>
    public bool HasViews => Store.Views.All.Any();

    /// <summary>Restart policies have faults or an incident to remember: then <see cref="Write"/> writes that too.</summary>
    public bool HasRestarts => Machine.HasRestarts;

    /// <summary>Task graph, timers, what is followed of views, and tables as bytes: equal states give equal bytes.</summary>
    /// <returns>The root of the tables.</returns>
    public byte[] Write(BinaryWriter target)
    {
        Machine.Write(target);
        Timers.Write(target);
        if (HasOtherModules)
        {
            Machine.WriteModules(target);
            target.Write(_reloads.Count);
            foreach (var reload in _reloads.Values)
            {
                reload.Write(target);
            }
        }

        if (HasRestarts)
        {
            Machine.WriteRestarts(target);
        }

        if (HasArmedFaults)
        {
            WriteArmed(target);
        }

        if (HasRequests)
        {
            Requests.Write(target);
        }

        if (HasViews)
        {
            Store.Views.Write(target);
        }

        target.Flush();
        return Store.WriteDump(target.BaseStream);
    }

    /// <summary>Takes what <see cref="Write"/> wrote, after the entries up to <see cref="SubmittedSeq"/> were applied. The tables must end the stream.</summary>
    /// <param name="hasOtherModules">As it was when it was written.</param>
    /// <param name="hasRestarts">The same.</param>
    /// <param name="hasArmedFaults">The same.</param>
    /// <param name="hasRequests">The same.</param>
    /// <param name="hasViews">The same.</param>
    /// <exception cref="StateFormatException">The tables are damaged, or of another declaration.</exception>
    /// <exception cref="InvariantException">The graph is.</exception>
    public void Read(BinaryReader source, long epoch, bool hasOtherModules, bool hasRestarts, bool hasArmedFaults, bool hasRequests, bool hasViews)
    {
        Machine.Read(source);
        Timers.Read(source);
        if (hasOtherModules)
        {
            Machine.ReadModules(source);
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                var reload = ReloadRequest.Read(source);
                _reloads.Add(reload.Seq, reload);
            }
        }

        if (hasRestarts)
        {
            Machine.ReadRestarts(source);
        }

        if (hasArmedFaults)
        {
            ReadArmed(source);
        }

        if (hasRequests)
        {
            Requests.Read(source);
        }

        if (hasViews)
        {
            Store.Views.Read(source);
        }

        Store.LoadDump(source.BaseStream);
        FollowViews();
        Epoch = epoch;
        foreach (var (input, item, seq) in Machine.Items)
        {
            _itemSeq[ItemName(input, item)] = seq;
        }

        foreach (var (task, seq) in Machine.Results)
        {
            _resultSeq[task] = seq;
        }
    }

    /// <summary>Back to before the first entry.</summary>
    public void Forget()
    {
        (Epoch, Secret, Spec, Tables) = (0, [], null, []);
        (_machine, _store, _submittedSeq) = (null, null, 0);
        (TimeCreatedUs, TimeCompletedUs, Finished) = (0, null, false);
        Timers.Clear();
        Requests.Clear();
        _declared.Clear();
        _reloads.Clear();
        _armed.Clear();
        RequestedFault = null;
        _itemSeq.Clear();
        _resultSeq.Clear();
    }

    public void Apply(Entry entry)
    {
        var header = entry.Header;
        if (header.Kind == EntryKinds.MissionSubmitted)
        {
            if (Spec is not null || Finished)
            {
                // A second submission; its refusal follows.
                return;
            }

            _submittedSeq = header.Seq;
            var parsed = Parse(entry);
            if (parsed.Spec is not null)
            {
                Accept(parsed.Spec, header.Seq, header.TimeUs);
            }

            return;
        }

        if (header.Kind == EntryKinds.Action)
        {
            ApplyAction(entry);
            return;
        }

        using var document = JsonDocument.Parse(entry.Body.Utf8);
        var body = document.RootElement;
        switch (header.Kind)
        {
            case EntryKinds.EpochBegan:
                BeginEpoch(header.Epoch, body.GetProperty("previous_epoch").GetInt64(), entry.Payload, header.TimeUs);
                break;
            case EntryKinds.InputSubmitted:
                AddItem(Text(body, "input"), Text(body, "item"), header.Seq, entry.Payload?.Length ?? 0, header.TimeUs);
                break;
            case EntryKinds.InputClosed:
                CloseInput(Text(body, "input"), header.TimeUs);
                break;
            case EntryKinds.MissionCancelRequested:
                Cancel(header.TimeUs);
                break;
            case EntryKinds.IntentRefused:
                Refuse(body.GetProperty("intent_seq").GetInt64());
                break;
            case EntryKinds.TaskDispatched:
                Dispatched(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Cell(body), header.Seq, header.TimeUs);
                break;
            case EntryKinds.CellBooted:
                Store.Apply(ActionPayload.Read(entry.Payload, Tables, Store.Views).Writes);
                Booted(header.Seq);
                if (Text(body, "reason") == BootReasons.Reload)
                {
                    Replaced(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Cell(body), new ModuleDigest(Text(body, "module")), header.Seq, header.TimeUs);
                }

                break;
            case EntryKinds.ModuleReloadRequested or EntryKinds.ModuleRollbackRequested:
                RequestReload(entry);
                break;
            case EntryKinds.ModuleReloadBegan:
                BeginReload(Reload(body), header.TimeUs);
                break;
            case EntryKinds.ModuleReloaded or EntryKinds.ModuleReloadFailed or EntryKinds.ModuleRestored when !GoesOn(Reload(body)):
                throw new InvariantException($"{header.Kind} is of a reload that does not go on.");
            case EntryKinds.ModuleReloaded:
                Machine.Apply(new MissionFact.Reloaded(header.TimeUs));
                break;
            case EntryKinds.ModuleReloadFailed:
                Machine.Apply(new MissionFact.ReloadFailed(Text(body, "code"), header.TimeUs));
                break;
            case EntryKinds.ModuleRestored:
                Machine.Apply(new MissionFact.Restored(header.TimeUs));
                break;
            case EntryKinds.ViewDeclared:
                Declare(entry);
                break;
            case EntryKinds.ViewBuilt:
                if (BuildView(body.GetProperty("declared_seq").GetInt64()) is { } refusal)
                {
                    throw new StateFormatException($"View '{refusal.View}', which was built once, cannot be: {refusal.Message}");
                }

                break;
            case EntryKinds.CellBootFailed when body.TryGetProperty("reload", out _):
                ReplaceFailed(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Text(body, "code"), header.Seq, header.TimeUs, IsClassed(body));
                break;
            case EntryKinds.ActionAborted or EntryKinds.CellBootFailed:
                Aborted(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Text(body, "code"), header.Seq, header.TimeUs, IsClassed(body));
                break;
            case EntryKinds.FaultInjectRequested:
                RequestFault(entry);
                break;
            case EntryKinds.FaultInjected:
                Inject(body, header.Seq);
                break;
            case EntryKinds.HttpReplied or EntryKinds.HttpFailed or EntryKinds.EgressRefused:
                ApplyReply(header.Kind, body, header.Seq);
                break;
            case EntryKinds.IncidentOpened:
                Machine.Apply(new MissionFact.IncidentOpened(Text(body, "profile"), header.Seq, header.TimeUs));
                break;
            case EntryKinds.IncidentClosed:
                Machine.Apply(new MissionFact.IncidentClosed(Text(body, "profile"), header.TimeUs));
                break;
            case EntryKinds.TaskFailed:
                Failed(Text(body, "task"), Text(body, "code"), header.Seq, header.TimeUs);
                break;
            case EntryKinds.TaskSkipped:
                Skipped(Text(body, "task"), Text(body, "upstream"), header.Seq, header.TimeUs);
                break;
            case EntryKinds.MissionCompleted:
                Complete(header.TimeUs);
                break;
        }
    }

    /// <summary>The spec a <c>mission.submitted</c> carries, or what is wrong with it.</summary>
    public SpecResult Parse(Entry submitted)
    {
        var parsed = shelf is null ? MissionSpec.Parse(submitted.Payload ?? []) : shelf.Parse(submitted.Payload ?? []);
        return parsed.Spec is { } spec && SpecViews.Errors(spec) is { Count: > 0 } errors ? new SpecResult(null, errors) : parsed;
    }

    /// <param name="seq">The entry that brought the spec.</param>
    public void Accept(MissionSpec spec, long seq, long timeUs)
    {
        _submittedSeq = seq;
        Spec = spec;
        TimeCreatedUs = timeUs;
        Tables = SpecTables.Of(spec);
        _machine = new MissionMachine(spec, timeUs);
        _store = new MissionStore(Tables, limits);
        _store.Views.Declare(SpecViews.Of(spec));
    }

    /// <summary>The spec was appended and then refused (an unknown module, say): the mission never begins.</summary>
    public void Withdraw()
    {
        Spec = null;
        _machine = null;
        _store = null;
        Finished = true;
    }

    public void BeginEpoch(long epoch, long previousEpoch, byte[]? secret, long timeUs)
    {
        Epoch = epoch;
        // With the host its cells are gone, and whatever was to happen to them.
        _armed.Clear();
        RequestedFault = null;
        if (previousEpoch == 0)
        {
            Secret = secret ?? [];
        }
        else
        {
            // Whatever ran in the lost host's memory did not happen: it is delivered again.
            if (_machine is not null)
            {
                Fold(new MissionFact.HostLost(timeUs));
            }
        }
    }

    /// <returns>Why the item was not admitted, or null. The same answer live and at recovery, so only the intent need be stored.</returns>
    public string? AddItem(string input, string itemKey, long seq, int sizeBytes, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return "mission_finished";
        }

        var refusal = _machine.AdmitItem(input, itemKey);
        if (refusal is null)
        {
            _machine.Apply(new MissionFact.ItemAdded(input, itemKey, seq, sizeBytes, timeUs));
            _itemSeq.Add(ItemName(input, itemKey), seq);
        }

        return refusal;
    }

    /// <returns>Why the input was not closed, or null.</returns>
    public string? CloseInput(string input, long timeUs)
    {
        if (_machine is null || Finished)
        {
            return "mission_finished";
        }

        if (!Spec!.Inputs.ContainsKey(input))
        {
            return "unknown_input";
        }

        _machine.Apply(new MissionFact.InputClosed(input, timeUs));
        return null;
    }

    public void Cancel(long timeUs)
    {
        if (_machine is not null)
        {
            Fold(new MissionFact.CancelRequested(timeUs));
        }
    }

    public void Dispatched(string taskKey, int attempt, CellId cell, long seq, long timeUs) =>
        Machine.Apply(new MissionFact.TaskDispatched(taskKey, attempt, cell, seq, timeUs));

    /// <summary>A cell became ready; what its first event wrote is committed.</summary>
    public void Booted(long seq) => Store.Views.Committed(seq);

    /// <summary>An action that ended its task.</summary>
    public void Acted(string taskKey, int attempt, string outcome, string? code, long seq, long timeUs)
    {
        Store.Views.Committed(seq);
        if (outcome == Outcomes.Refused)
        {
            Fold(new MissionFact.TaskRefused(taskKey, attempt, code!, seq, timeUs));
            return;
        }

        _resultSeq[taskKey] = seq;
        Fold(new MissionFact.TaskCompleted(taskKey, attempt, seq, timeUs));
    }

    /// <summary>An action after which its task waits.</summary>
    /// <param name="delivered">What it consumed.</param>
    public void Waits(string taskKey, int attempt, in DeliveredEvent delivered, in NewTickets began, long nowUs, long seq, long timeUs)
    {
        if (delivered.IsTask)
        {
            Machine.Apply(new MissionFact.TaskWaits(taskKey, attempt, seq, timeUs));
        }
        else if (Machine.IsTried(taskKey))
        {
            Machine.Apply(new MissionFact.EventReturned(taskKey, attempt, timeUs));
        }

        var views = Store.Views;
        if (delivered.Subscription != 0)
        {
            views.Cursors.Delivered(views.Cursors.Find(taskKey, delivered.Subscription), delivered.To);
        }

        Timers.Acted(taskKey, delivered.Timer, began.Timers, nowUs);
        if (delivered.Reply != 0)
        {
            Requests.Consumed(taskKey, delivered.Reply);
        }

        for (var i = 0; i < began.Requests.Count; i++)
        {
            Timers.Took(taskKey, began.Requests[i].Ticket);
            Requests.Asked(taskKey, began.Requests[i], seq);
        }

        for (var i = 0; i < began.Subscribed.Count; i++)
        {
            Timers.Took(taskKey, began.Subscribed[i].Ticket);
            views.Follow(taskKey, began.Subscribed[i], seq);
        }

        for (var i = 0; i < began.Unsubscribed.Count; i++)
        {
            views.Unfollow(taskKey, began.Unsubscribed[i]);
        }

        // Last: whoever follows a view sees what the action that said so, or took the delivery, did to it.
        views.Committed(seq);
    }

    /// <param name="isClassed">The entry names the class of its fault. One of a build that did not know of restart policies counts for none, now as then.</param>
    public void Aborted(string taskKey, int attempt, string code, long seq, long timeUs, bool isClassed = true)
    {
        Disarm(taskKey);
        Fold(code == AbortCodes.FuelSlice
            ? new MissionFact.SliceBurnt(taskKey, attempt, seq, timeUs)
            : new MissionFact.ActionAborted(taskKey, attempt, code, seq, timeUs, isClassed ? Faults.Of(code) : FaultClass.None));
    }

    /// <summary>An incident that was due was written.</summary>
    public void Noted(Incident incident, long seq, long timeUs) => Machine.Apply(
        incident.Resolution is null ? new MissionFact.IncidentOpened(incident.Profile, seq, timeUs) : new MissionFact.IncidentClosed(incident.Profile, timeUs));

    public void Failed(string taskKey, string code, long seq, long timeUs) =>
        Fold(new MissionFact.TaskFailed(taskKey, code, seq, timeUs));

    public void Skipped(string taskKey, string upstream, long seq, long timeUs) =>
        Fold(new MissionFact.TaskSkipped(taskKey, upstream, seq, timeUs));

    public void Complete(long timeUs)
    {
        Machine.Apply(new MissionFact.MissionCompleted(timeUs));
        Finished = true;
        TimeCompletedUs = timeUs;
    }

    private void ApplyAction(Entry entry)
    {
        var (writes, began) = ActionPayload.Read(entry.Payload, Tables, Store.Views);
        if (began.Subscribed.Count > 0)
        {
            // Before the writes: what the event that subscribes writes is told too.
            Store.Views.Load();
        }

        Store.Apply(writes);
        var action = ActionFields.Read(entry.Body);
        var (seq, timeUs) = (entry.Header.Seq, entry.Header.TimeUs);
        if (action.Outcome != Outcomes.Waiting)
        {
            Acted(action.Task, action.Attempt, action.Outcome, action.Code, seq, timeUs);
            return;
        }

        Waits(action.Task, action.Attempt, new DeliveredEvent(action.Timer, action.Subscription, To: action.To, Reply: action.Reply), began, action.NowUs, seq, timeUs);
    }

    /// <summary>A fact that may end tasks: the shard of each that ended is dropped, and what it waited for, live as at recovery and in replay.</summary>
    private void Fold(MissionFact fact)
    {
        Machine.Apply(fact);
        foreach (var ended in Machine.DrainEnded())
        {
            Store.DropShard(ended);
            Timers.Ended(ended);
            Requests.Ended(ended);
            Disarm(ended);
            Store.Views.Cursors.Ended(ended);
        }
    }

    private void Refuse(long intentSeq)
    {
        _declared.Remove(intentSeq);
        _reloads.Remove(intentSeq);
        if (RequestedFault?.Seq == intentSeq)
        {
            RefuseFault();
        }

        // Only the refusal of the spec itself ends the mission; other refusals changed nothing.
        if (intentSeq == _submittedSeq)
        {
            Withdraw();
        }
    }

    private static string ItemName(string input, string itemKey) => input + "/" + itemKey;

    private static string Text(JsonElement body, string name) => body.GetProperty(name).GetString()!;

    private static bool IsClassed(JsonElement body) => body.TryGetProperty("fault", out _);

    private static CellId Cell(JsonElement body) =>
        CellId.TryParse(Text(body, "cell"), out var cell) ? cell : throw new InvariantException("An entry's body names no cell.");

    private static InvariantException NotAccepted() => new("The mission has no accepted spec.");
}
