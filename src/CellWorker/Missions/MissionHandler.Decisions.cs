using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ninmu;

namespace Voxeltron.CellWorker;

// What follows from the graph and the clock alone, and is written without a cell.
internal sealed partial class MissionHandler
{
    /// <summary>What needs no cell: failures by deadline or attempts, skips, the end.</summary>
    private void WriteDecisions(StreamWriter writer)
    {
        while (!state.Finished)
        {
            var decisions = state.Machine.Decide(clock.NowUs());
            if (decisions.Count == 0)
            {
                return;
            }

            foreach (var decision in decisions)
            {
                Write(writer, decision);
                if (state.Machine.StopCode is not null)
                {
                    // Whatever else was due is not any more.
                    break;
                }
            }

            _seq = writer.LastSeq;
        }
    }

    private void Write(StreamWriter writer, Decision decision)
    {
        switch (decision)
        {
            case Decision.Warn warn:
                Write(writer, warn);
                break;
            case Decision.Exhaust exhaust:
                Write(writer, exhaust);
                break;
            case Decision.Expire:
                state.Expired(writer.Append(EntryBodies.MissionExpired(host)).Header.TimeUs);
                StopIfStopped(writer);
                break;
            case Decision.Fail fail:
                var failed = writer.Append(EntryBodies.TaskFailed(host, fail.TaskKey, fail.Attempt, fail.Code));
                state.Failed(fail.TaskKey, fail.Code, failed.Header.Seq, failed.Header.TimeUs);
                execution.Stop(writer, fail.TaskKey, fail.Code);
                StopIfStopped(writer);
                break;
            case Decision.Skip skip:
                var skipped = writer.Append(EntryBodies.TaskSkipped(host, skip.TaskKey, skip.Upstream));
                state.Skipped(skip.TaskKey, skip.Upstream, skipped.Header.Seq, skipped.Header.TimeUs);
                break;
            case Decision.Complete complete:
                Meter(writer, atEnd: true);
                _reloads.Finish(writer);
                Incidents.Finish(writer, host, state);
                var counts = state.Machine.Counts;
                var tally = new MissionTally(
                    counts.Total, counts.Completed, counts.Refused, counts.Failed, counts.Skipped, counts.Cancelled, Convert.ToHexStringLower(state.Store.Root()));
                var completed = writer.Append(EntryBodies.MissionCompleted(host, complete.Status, tally));
                state.Complete(completed.Header.TimeUs);
                LogCompleted(log, state.Mission.ToString(), complete.Status, counts.Total);
                break;
        }
    }

    [LoggerMessage(2, LogLevel.Information, "Ended {Mission}: {Status}, {Tasks} tasks.")]
    private static partial void LogCompleted(ILogger log, string mission, string status, int tasks);
}
