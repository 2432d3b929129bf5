using Voxeltron.Execution;

namespace Voxeltron.CellWorker;

// Answers of requests, as events.
internal sealed partial class TaskExecution
{
    /// <summary>The answer that is to be delivered next, if its task has a cell that can be woken.</summary>
    /// <returns>False when none is.</returns>
    public bool TryPeekReply(StreamWriter writer, long nowUs, out OpenRequest answered)
    {
        while (state.Requests.TryPeek(out answered))
        {
            if (!_live.TryGetValue(answered.TaskKey, out var live))
            {
                // Between two attempts. The next cell's boot brings it back.
                state.Requests.Skip();
                continue;
            }

            if (!MayDeliver(answered.TaskKey))
            {
                state.Requests.Skip();
                continue;
            }

            switch (_sleep.Wake(live))
            {
                case WakeOutcome.NoRoom:
                    state.Requests.Skip();
                    _aside.Add(answered.TaskKey);
                    continue;
                case WakeOutcome.Lost:
                    Record(writer, live, InputReference.None, nowUs, DeliveredEvent.Of(answered), LostImage(live), Cosmictron.WriteSet.Empty);
                    continue;
            }

            return true;
        }

        return false;
    }

    /// <summary>Gives the cell the answer that was peeked.</summary>
    /// <param name="reply">Null where there is none.</param>
    public void RunReply(StreamWriter writer, OpenRequest answered, IReply? reply, long nowUs)
    {
        var live = _live[answered.TaskKey];
        live.Cell.IsTimed = timeline.Actions.Enabled;
        var delivered = timeline.Actions.Now();
        var (outcome, writes) = state.Gates.OfTicket(answered.TaskKey, answered.Ticket) is { } gate
            ? runner.RunGate(live.Delivery, answered, gate, nowUs)
            : runner.RunReply(live.Delivery, answered, reply, nowUs);
        Record(writer, live, InputReference.None, nowUs, DeliveredEvent.Of(answered), outcome, writes);
        timeline.Actions.Acted(delivered);
    }
}
