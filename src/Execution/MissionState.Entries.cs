using System.Text.Json;
using Voxeltron.Cosmictron;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.Execution;

// Folding the log: which member each kind of entry comes to.
public sealed partial class MissionState
{
    public void Apply(Entry entry)
    {
        var header = entry.Header;
        NoteRequester(entry);
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
                Charge(Text(body, "task"), body.GetProperty("fuel").GetInt64(), CellUs(body), isBoot: true, header.TimeUs);
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
                Charge(Text(body, "task"), body.GetProperty("fuel").GetInt64(), CellUs(body), isBoot: true, header.TimeUs);
                ReplaceFailed(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Text(body, "code"), header.Seq, header.TimeUs, IsClassed(body));
                break;
            case EntryKinds.ActionAborted or EntryKinds.CellBootFailed:
                Charge(Text(body, "task"), body.GetProperty("fuel").GetInt64(), CellUs(body), isBoot: header.Kind == EntryKinds.CellBootFailed, header.TimeUs);
                Aborted(Text(body, "task"), body.GetProperty("attempt").GetInt32(), Text(body, "code"), header.Seq, header.TimeUs, IsClassed(body));
                break;
            case EntryKinds.FaultInjectRequested:
                RequestFault(entry);
                break;
            case EntryKinds.FaultInjected:
                Inject(body, header.Seq);
                break;
            case EntryKinds.HttpReplied or EntryKinds.HttpFailed or EntryKinds.EgressRefused or EntryKinds.ModelReplied or EntryKinds.ModelFailed:
                Settle(entry);
                ApplyReply(header.Kind, body, header.Seq);
                break;
            case EntryKinds.GateDecisionSubmitted:
                SubmitDecision(entry);
                break;
            case EntryKinds.GateOpened or EntryKinds.GateDecided or EntryKinds.GateVoided or EntryKinds.GateExpired or EntryKinds.GateEscalated:
                ApplyGate(entry, body);
                break;
            case EntryKinds.IncidentOpened:
                Machine.Apply(new MissionFact.IncidentOpened(Text(body, "profile"), header.Seq, header.TimeUs));
                break;
            case EntryKinds.IncidentClosed:
                Machine.Apply(new MissionFact.IncidentClosed(Text(body, "profile"), header.TimeUs));
                break;
            case EntryKinds.MissionPauseRequested or EntryKinds.MissionResumeRequested:
                Pause(header.Kind == EntryKinds.MissionPauseRequested, header.TimeUs);
                break;
            case EntryKinds.BudgetTopUpRequested:
                TopUp(body, header.TimeUs);
                break;
            case EntryKinds.TaskRetryRequested:
                TryAgain(Text(body, "task"), header.Seq, header.TimeUs);
                break;
            case EntryKinds.BudgetWarned:
                Warned(Dimension(body), header.TimeUs);
                break;
            case EntryKinds.BudgetExhausted:
                Exhausted(
                    Dimension(body), TryReadAmounts(body, "need", out var need) ? need : throw new InvariantException("A budget was used up by no need."), header.TimeUs);
                break;
            case EntryKinds.BudgetMetered:
                Metered(body.GetProperty("warm_mib_ms").GetInt64(), header.TimeUs);
                break;
            case EntryKinds.MissionExpired:
                Expired(header.TimeUs);
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
        Charge(action.Task, action.Fuel, action.CellUs, isBoot: false, timeUs);
        if (action.Outcome != Outcomes.Waiting)
        {
            Acted(action.Task, action.Attempt, action.Outcome, action.Code, seq, timeUs);
            return;
        }

        Waits(action.Task, action.Attempt, new DeliveredEvent(action.Timer, action.Subscription, To: action.To, Reply: action.Reply), began, action.NowUs, seq, timeUs);
    }

    private void Refuse(long intentSeq)
    {
        _declared.Remove(intentSeq);
        _reloads.Remove(intentSeq);
        if (RequestedFault?.Seq == intentSeq)
        {
            RefuseFault();
        }

        if (SubmittedDecision?.Seq == intentSeq)
        {
            RefuseDecision();
        }

        // Only the refusal of the spec itself ends the mission; other refusals changed nothing.
        if (intentSeq == _submittedSeq)
        {
            Withdraw();
        }
    }

    private static bool IsClassed(JsonElement body) => body.TryGetProperty("fault", out _);

    private static string Text(JsonElement body, string name) => body.GetProperty(name).GetString()!;

    private static CellId Cell(JsonElement body) =>
        CellId.TryParse(Text(body, "cell"), out var cell) ? cell : throw new InvariantException("An entry's body names no cell.");
}
