namespace Voxeltron.CellWorker;

// Cells that wait for people: hours, as a rule.
internal sealed partial class TaskExecution
{
    /// <summary>A cell that waits for people alone gives its slot back at once, where its module can be put away and the spool has room.</summary>
    private void ReleaseIfAsked(LiveTask live)
    {
        var taskKey = live.Task.TaskKey;
        if (state.HasGates && state.Gates.FirstOpen(taskKey) is not null && state.Gates.WaitedFor(taskKey) == state.TicketsOf(taskKey).Open
            && state.Store.Views.Cursors.Of(taskKey).Count == 0)
        {
            _sleep.Release(live);
        }
    }
}
