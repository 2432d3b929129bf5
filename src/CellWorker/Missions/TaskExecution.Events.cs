using Voxeltron.Cells;
using Voxeltron.Execution;

namespace Voxeltron.CellWorker;

// Events of tasks that wait: timers, and changes of views.
internal sealed partial class TaskExecution
{
    // A timestamp: the handler returned whose action was the first since nobody had a change to be told; 0 when nobody has, or
    // nobody asks. For changes that came after it the wait is overstated.
    private long _changedAt;

    /// <summary>Delivers the timer that is due first, if its task has a cell.</summary>
    /// <returns>False when none is due.</returns>
    // Hot path: per action of a waiting task.
    public bool TryRunTimer(StreamWriter writer, long nowUs)
    {
        if (!state.Timers.TryPeek(out var timer) || timer.DueUs > nowUs)
        {
            return false;
        }

        if (!_live.TryGetValue(timer.TaskKey, out var live))
        {
            // Between two attempts. The next cell's boot brings the timer back.
            state.Timers.Skip(timer);
            return true;
        }

        if (!MayDeliver(timer.TaskKey))
        {
            state.Timers.Skip(timer);
            return true;
        }

        switch (_sleep.Wake(live))
        {
            case WakeOutcome.NoRoom:
                // The others go on: their ends are what frees a slot.
                state.Timers.Skip(timer);
                _aside.Add(timer.TaskKey);
                TimersSetAside++;
                return true;
            case WakeOutcome.Lost:
                Record(writer, live, InputReference.None, nowUs, new DeliveredEvent(timer.Ticket), LostImage(live), Cosmictron.WriteSet.Empty);
                return true;
        }

        live.Cell.IsTimed = timeline.Actions.Enabled;
        var delivered = timeline.Actions.Now();
        var (outcome, writes) = runner.RunTimer(live.Delivery, timer, nowUs);
        Record(writer, live, InputReference.None, nowUs, new DeliveredEvent(timer.Ticket), outcome, writes);
        timeline.Actions.Acted(delivered);
        return true;
    }

    /// <summary>Somebody is to be told of a change, now or when its task has a cell again.</summary>
    public bool HasDeltas => state.Store.Views.Cursors.HasReady;

    /// <summary>Tells the cell that has waited longest what changed of a view it follows.</summary>
    /// <returns>False when nobody waits.</returns>
    // Hot path: per delivery.
    public bool TryRunDelta(StreamWriter writer, long nowUs)
    {
        var views = state.Store.Views;
        LiveTask? live;
        do
        {
            // One between two attempts leaves the order; its next cell's boot brings it back.
            if (!views.Cursors.TryTakeReady(out var cursor))
            {
                return false;
            }

            if (_live.TryGetValue(cursor.TaskKey, out live) && !MayDeliver(cursor.TaskKey))
            {
                live = null;
            }
            else if (live is not null)
            {
                var delivered = timeline.Actions.Now();
                var woken = _sleep.Wake(live);
                if (woken == WakeOutcome.NoRoom)
                {
                    _aside.Add(cursor.TaskKey);
                    live = null;
                    continue;
                }

                var delta = views.Deliver(cursor, writer.LastSeq);
                var told = DeliveredEvent.Of(delta);
                if (woken == WakeOutcome.Lost)
                {
                    Record(writer, live, InputReference.None, nowUs, told, LostImage(live), Cosmictron.WriteSet.Empty);
                    return true;
                }

                live.Cell.IsTimed = timeline.Actions.Enabled;
                var (outcome, writes) = runner.RunDelta(live.Delivery, delta, nowUs);
                timeline.Actions.Told(_changedAt, live.Cell.EnteredAt);
                if (!HasDeltas)
                {
                    _changedAt = 0;
                }

                Record(writer, live, InputReference.None, nowUs, told, outcome, writes);
                timeline.Actions.Acted(delivered);
            }
        }
        while (live is null);

        return true;
    }

    /// <summary>Whether the action gave somebody something to be told.</summary>
    private void NoteChange(LiveTask live)
    {
        if (_changedAt == 0 && HasDeltas)
        {
            _changedAt = live.Cell.LeftAt;
        }
    }

    /// <summary>Nobody's fault but this host's. The event is delivered again, to a fresh cell.</summary>
    private static ActionOutcome LostImage(LiveTask live) =>
        ActionOutcome.Abort(AbortCodes.ImageLost, $"The image of cell {live.CellId} could not be read back.");
}
