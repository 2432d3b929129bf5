using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>The latest state of a mission and of the tasks touched since the last drain, as rows of <c>control</c>.</summary>
internal sealed class MissionProjection(StreamRef stream, MissionState state)
{
    private readonly ViewProjector _views = new(stream, state);
    private bool _finishedWritten;
    private bool _budgetWritten;

    /// <summary>A view is new, or has other SQL.</summary>
    /// <param name="seq">The entry that declared it.</param>
    /// <returns>Bytes of the rows that will be written.</returns>
    public long Built(string view, long seq) => _views.Built(view, seq);

    public StreamProjection Drain(long seq, ModuleReloads reloads)
    {
        var finished = state.Finished && !_finishedWritten;
        _finishedWritten |= finished;
        if (state.Spec is null)
        {
            // A refused spec leaves its refusal in the log and no row: nothing half-written.
            return StreamProjection.Empty with { Finished = finished };
        }

        var tasks = new List<TaskRow>();
        foreach (var task in state.Machine.DrainChanges())
        {
            tasks.Add(new TaskRow(
                stream.Tenant, state.Mission, task.TaskKey, task.TaskId, task.ItemKey, task.Status, task.Attempt, task.Cell,
                task.Module, task.WaitingFor, task.OutcomeCode, task.LastSeq, task.TimeCreatedUs, task.TimeModifiedUs));
        }

        var counts = state.Machine.Counts;
        var mission = new MissionRow(
            stream.Tenant, state.Mission, state.Spec.Name, Status(), state.Spec.Digest, seq, state.Epoch,
            counts.Total, counts.Waiting, counts.Running, counts.Completed, counts.Refused, counts.Failed, counts.Skipped,
            state.Machine.Reason, state.TimeCreatedUs, state.Machine.TimeModifiedUs, state.TimeCompletedUs);
        return _views.AddTo(new StreamProjection([], mission, tasks, [], finished) { MissionModules = Modules(seq, reloads, finished), Incidents = Incidents(), Budget = Budget(), Gates = Gates() });
    }

    private List<MissionModuleRow> Modules(long seq, ModuleReloads reloads, bool finished)
    {
        if (!reloads.HasNews && !finished)
        {
            return [];
        }

        reloads.HasNews = false;
        var reload = state.Machine.Modules.Reload;
        var rows = new List<MissionModuleRow>();
        foreach (var version in state.Machine.Modules.All)
        {
            var of = reload?.Declared == version.Declared && !state.Finished ? reload : null;
            var status = state.Finished ? "ended" : of is null ? "running" : of.FailedBy is null ? "reloading" : "restoring";
            rows.Add(new MissionModuleRow(
                stream.Tenant, state.Mission, version.Declared, version.Current, version.Previous, status, of?.To, seq, reloads.Answer(version.Declared)));
        }

        return rows;
    }

    private List<BudgetRow> Budget()
    {
        var rows = new List<BudgetRow>();
        if (state.Machine.Budget is not { } budget)
        {
            return rows;
        }

        if (!_budgetWritten)
        {
            _budgetWritten = true;
            budget.TouchAll();
        }

        foreach (var dimension in budget.DrainChanged())
        {
            rows.Add(new BudgetRow(
                stream.Tenant, state.Mission, dimension.Word(), budget.IsLimited(dimension) ? budget.Limit(dimension) : null, budget.Spent(dimension), budget.Held(dimension),
                budget.Over(dimension), budget.Escrow(dimension), budget.SoftPercent, budget.OnBudget.Word(), state.Machine.TimeModifiedUs));
        }

        return rows;
    }

    private List<IncidentRow> Incidents()
    {
        var rows = new List<IncidentRow>();
        foreach (var incident in state.Machine.DrainIncidents())
        {
            var newest = incident.Newest;
            rows.Add(new IncidentRow(
                stream.Tenant, state.Mission, incident.OpenedSeq, incident.Profile, incident.Resolution, newest.TaskKey, newest.Cell, newest.Code, newest.Fault.Word()!, newest.Seq,
                incident.Faults, incident.Holds, incident.HoldUs / 1000, incident.TimeOpenedUs, incident.TimeClosedUs));
        }

        return rows;
    }

    private List<GateRow> Gates()
    {
        var rows = new List<GateRow>();
        foreach (var gate in state.Gates.DrainChanges())
        {
            rows.Add(new GateRow(
                stream.Tenant, state.Mission, gate.OpenedSeq, gate.Rule.Name, gate.TaskKey, gate.Cell, gate.Ticket, gate.Word, gate.Rule.Quorum, gate.Rule.Roles,
                [.. gate.Approvals.Select(static vote => vote.By)], gate.Denial?.By, gate.Code, gate.Requesters, gate.Module, gate.Digest,
                gate.Rule.ExpiresMs is { } ms ? gate.OpenedUs + (ms * 1000) : null, gate.OpenedUs, gate.EndedSeq == 0 ? null : gate.EndedSeq, gate.EndedUs));
        }

        return rows;
    }

    private string Status() => state.Machine.Status.Word();
}
