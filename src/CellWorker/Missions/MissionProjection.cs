using Voxeltron.Execution;
using Voxeltron.Ninmu;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>The latest state of a mission and of the tasks touched since the last drain, as rows of <c>control</c>.</summary>
internal sealed class MissionProjection(StreamRef stream, MissionState state)
{
    private readonly ViewProjector _views = new(stream, state);
    private bool _finishedWritten;

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
        return _views.AddTo(new StreamProjection([], mission, tasks, [], finished) { MissionModules = Modules(seq, reloads) });
    }

    private List<MissionModuleRow> Modules(long seq, ModuleReloads reloads)
    {
        if (!reloads.HasNews)
        {
            return [];
        }

        reloads.HasNews = false;
        var versions = state.Machine.Modules;
        var rows = new List<MissionModuleRow>();
        foreach (var version in versions.All)
        {
            var reload = versions.Reload is { } of && of.From == version.Current ? of : null;
            var ended = reloads.LastOutcome is { } outcome && reload is null ? outcome : null;
            rows.Add(new MissionModuleRow(
                stream.Tenant, state.Mission, version.Declared, version.Current, version.Previous,
                reload is null ? "running" : reload.FailedBy is null ? "reloading" : "restoring", reload?.To, seq, ended?.RequestedSeq, ended?.Outcome, ended?.Code));
        }

        return rows;
    }

    private string Status() => state.Machine.Status.Word();
}
