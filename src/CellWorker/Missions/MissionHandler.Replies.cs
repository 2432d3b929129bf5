using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

// Answers of requests: their bytes are fetched, and their cells are told.
internal sealed partial class MissionHandler
{
    /// <summary>Answers that were written down, in their order.</summary>
    /// <returns>Whether more are there.</returns>
    private async Task<bool> RunRepliesAsync(StreamWriter writer, CancellationToken cancel)
    {
        for (var ran = 0; !state.Finished && execution.TryPeekReply(writer, clock.NowUs(), out var answered); ran++)
        {
            if (ran == EventsPerStep || writer.IsFull)
            {
                return true;
            }

            IReply? reply = null;
            if (answered.Code is null && state.Gates.OfTicket(answered.TaskKey, answered.Ticket) is null)
            {
                // One that was erased before anybody heard it cannot be told, by nobody: the mission stands until an operator cancels it.
                var payload = await inputs.ReadPayloadAsync(answered.AnsweredSeq, cancel);
                reply = Replies.Read(answered, payload ?? throw new PayloadErasedException($"The answer at seq {answered.AnsweredSeq} was erased before its cell was told."));
            }

            execution.RunReply(writer, answered, reply, clock.NowUs());
            if (!state.Requests.IsOpen(answered.TaskKey, answered.Ticket))
            {
                inputs.ForgetAnswer(answered.AnsweredSeq);
            }

            RunDeltas(writer, DeltasPerTask);
            _seq = writer.LastSeq;
        }

        _seq = writer.LastSeq;
        return false;
    }
}
