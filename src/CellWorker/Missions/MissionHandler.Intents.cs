using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

// Intents: each is taken into the log as it came, and changes the mission or is refused.
internal sealed partial class MissionHandler
{
    public async Task AcceptAsync(StreamWriter writer, ArrivedIntent pending, CancellationToken cancel)
    {
        var entry = writer.AppendVerbatim(pending.Intent);
        var timeUs = entry.Header.TimeUs;
        _seq = entry.Header.Seq;
        state.NoteRequester(entry);
        switch (entry.Header.Kind)
        {
            case EntryKinds.MissionSubmitted when state.Spec is null && !state.Finished:
                await AdmitSpecAsync(writer, pending, entry, cancel);
                break;
            case EntryKinds.InputSubmitted:
                AdmitItem(writer, pending, entry, timeUs);
                break;
            case EntryKinds.InputClosed:
                RefuseUnless(writer, pending, state.CloseInput(IntentFields.Text(entry, "input"), timeUs));
                break;
            case EntryKinds.SnapshotJudged:
                break;
            case EntryKinds.ModuleReloadRequested or EntryKinds.ModuleRollbackRequested:
                RefuseUnless(writer, pending, _reloads.Accept(entry));
                break;
            case EntryKinds.FaultInjectRequested:
                RefuseUnless(writer, pending, _faults.Accept(writer, entry));
                _seq = writer.LastSeq;
                break;
            case EntryKinds.BudgetTopUpRequested or EntryKinds.TaskRetryRequested or EntryKinds.MissionPauseRequested or EntryKinds.MissionResumeRequested:
                RefuseUnless(writer, pending, AcceptControl(entry));
                break;
            case EntryKinds.GateDecisionSubmitted:
                RefuseUnless(writer, pending, await _gates.DecideAsync(writer, entry, cancel));
                _seq = writer.LastSeq;
                break;
            case EntryKinds.ViewDeclared:
                BuildView(writer, pending, entry);
                break;
            case EntryKinds.MissionCancelRequested:
                Cancel(writer, pending, timeUs);
                break;
            default:
                RefuseUnless(writer, pending, "unexpected_intent");
                break;
        }
    }

    private async Task AdmitSpecAsync(StreamWriter writer, ArrivedIntent pending, Entry entry, CancellationToken cancel)
    {
        var parsed = state.Parse(entry);
        if (parsed.Spec is not { } spec)
        {
            Refuse(writer, pending, entry, "spec_invalid", [.. parsed.Errors.Select(static e => (e.Path, e.Code, e.Reason))]);
            return;
        }

        if (EgressErrors(spec) is { Count: > 0 } egress)
        {
            Refuse(writer, pending, entry, egress[0].Code, egress);
            return;
        }

        var missing = await modules.LoadAsync(spec.ModuleDigests, cancel);
        if (missing is not null)
        {
            Refuse(writer, pending, entry, "unknown_module",
                [("tasks", "unknown_module", $"No registered module has digest {missing}. Upload it first: POST /v1/modules?name=…")]);
            return;
        }

        state.Accept(spec, entry.Header.Seq, entry.Header.TimeUs);
        Publish();
        foreach (var view in spec.Views)
        {
            _projection.Built(view.Name, entry.Header.Seq);
        }

        LogAccepted(log, state.Mission.ToString(), spec.Name);
    }

    /// <summary>What the spec's cells may reach is an operator's to grant, and this machine's to make possible.</summary>
    private List<(string Path, string Code, string Reason)> EgressErrors(MissionSpec spec)
    {
        var errors = new List<(string, string, string)>();
        foreach (var (profile, credential) in spec.Egress)
        {
            if (execution.Requests is not { } requests)
            {
                errors.Add(($"profiles.{profile}.egress", RequestCodes.Unavailable, "Nothing can leave this host."));
            }
            else if (requests.Refusal(credential) is { } refusal)
            {
                errors.Add(($"profiles.{profile}.egress", refusal.Code, refusal.Reason));
            }
        }

        return errors;
    }

    private void Refuse(StreamWriter writer, ArrivedIntent pending, Entry entry, string code, IReadOnlyList<(string Path, string Code, string Reason)> errors)
    {
        writer.Append(Refusals.Intent(host, code, pending.Intent.Id, entry.Header.Seq, errors));
        state.Withdraw();
        _seq = writer.LastSeq;
    }

    private void AdmitItem(StreamWriter writer, ArrivedIntent pending, Entry entry, long timeUs)
    {
        var item = IntentFields.Text(entry, "item");
        var refusal = state.AddItem(IntentFields.Text(entry, "input"), item, entry.Header.Seq, entry.Payload?.Length ?? 0, timeUs);
        if (refusal is null)
        {
            inputs.Remember(entry);
            _claimedAt[item] = pending.ReadTimestamp;
        }

        RefuseUnless(writer, pending, refusal);
    }

    private void Cancel(StreamWriter writer, ArrivedIntent pending, long timeUs)
    {
        if (state.Finished || state.Spec is null)
        {
            RefuseUnless(writer, pending, "mission_finished");
            return;
        }

        state.Cancel(timeUs);
        execution.StopAll(writer, "cancelled");
        _seq = writer.LastSeq;
    }

    private void BuildView(StreamWriter writer, ArrivedIntent pending, Entry entry)
    {
        if (state.Finished || state.Spec is null)
        {
            RefuseUnless(writer, pending, "mission_finished");
            return;
        }

        state.Declare(entry);
        var view = IntentFields.Text(entry, "view");
        if (state.BuildView(entry.Header.Seq) is { } refusal)
        {
            writer.Append(Refusals.Intent(host, refusal.Code, pending.Intent.Id, entry.Header.Seq, [("sql", refusal.Code, refusal.Message)]));
        }
        else
        {
            var root = state.Store.Views.Root(view, out var rows);
            writer.Append(EntryBodies.ViewBuilt(host, view, entry.Header.Seq, rows, root));
            writer.BuiltBytes += _projection.Built(view, entry.Header.Seq);
        }

        _seq = writer.LastSeq;
    }

    private void RefuseUnless(StreamWriter writer, ArrivedIntent pending, string? refusal)
    {
        if (refusal is not null)
        {
            writer.Append(Refusals.Intent(host, refusal, pending.Intent.Id, writer.LastSeq, $"Mission {state.Mission} did not take '{pending.Intent.Kind}'."));
            _seq = writer.LastSeq;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Accepted {Mission} ({Name}).")]
    private static partial void LogAccepted(ILogger log, string mission, string name);
}
