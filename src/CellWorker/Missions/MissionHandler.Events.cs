using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

// What cells that wait are told without being asked: timers that are due, and changes of views.
internal sealed partial class MissionHandler
{
    /// <summary>Timers and changes of views one step may deliver: a few milliseconds of short handlers.</summary>
    private const int EventsPerStep = 512;

    /// <summary>Changes told between two tasks: whoever follows another's findings hears of them before the next task begins.</summary>
    private const int DeltasPerTask = 64;

    /// <summary>Timers that are due, and after each what it changed of views: a task that feeds itself does not keep the others waiting.</summary>
    /// <returns>Whether more may be due now.</returns>
    private bool RunEvents(StreamWriter writer)
    {
        var asideBefore = execution.TimersSetAside;
        var ran = 0;
        while (ran < EventsPerStep)
        {
            var before = ran;
            ran += !state.Finished && execution.TryRunTimer(writer, clock.NowUs()) ? 1 : 0;
            ran += RunDeltas(writer, DeltasPerTask);
            if (ran == before)
            {
                break;
            }

            _seq = writer.LastSeq;
            if (writer.IsFull)
            {
                return true;
            }
        }

        // Tasks that ended just now may have made others ready, or decisions due; events that were set aside wait for a slot.
        return ran > execution.TimersSetAside - asideBefore;
    }

    /// <returns>Changes told.</returns>
    private int RunDeltas(StreamWriter writer, int most)
    {
        var ran = 0;
        while (ran < most && !state.Finished && !writer.IsFull && execution.TryRunDelta(writer, clock.NowUs()))
        {
            ran++;
        }

        if (ran > 0)
        {
            _seq = writer.LastSeq;
        }

        return ran;
    }
}
