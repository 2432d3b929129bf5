using Voxeltron.Cosmictron;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>
/// Hashes a mission's rows again at a stated rate and compares each pass with the running set hashes: memory that changed
/// without a write is found between snapshots. Belongs to one writer section.
/// </summary>
/// <param name="rowsPerS">0: never.</param>
internal sealed class Scrubber(int rowsPerS, TimeProvider clock)
{
    /// <summary>Fewer at a time would cost more in calls than in hashes; these take some 0.2 ms, which a look may delay an action by.</summary>
    private const int LeastRows = 512;

    /// <summary>After a pause.</summary>
    private const int MostRows = 8_192;

    /// <summary>An idle mission is woken this often and no oftener, whatever the rate.</summary>
    private static readonly long s_idleUs = 5_000_000;

    private long _lookedAt = clock.GetTimestamp();

    /// <exception cref="VoxeltronException"><c>state_corrupt</c>: the stream is given up and recovered from the log.</exception>
    // Hot path: per turn.
    public void Look(MissionState state)
    {
        if (rowsPerS == 0 || state.Store.RowCount == 0)
        {
            return;
        }

        var since = clock.GetElapsedTime(_lookedAt);
        var due = (int)Math.Min(MostRows, since.TotalSeconds * rowsPerS);
        if (due < LeastRows && since.TotalMicroseconds < s_idleUs)
        {
            return;
        }

        _lookedAt = clock.GetTimestamp();
        Require(state, state.Store.ScrubNext(due));
    }

    /// <summary>Looks at every row now, whatever the rate: they were damaged on purpose.</summary>
    /// <exception cref="VoxeltronException"><c>state_corrupt</c>.</exception>
    public void LookAtAll(MissionState state)
    {
        // The pass that goes on may have been past the row already; the next is not.
        for (var ended = 0; ended < 2;)
        {
            var report = state.Store.ScrubNext(MostRows);
            Require(state, report);
            ended += report.PassEnded ? 1 : 0;
        }

        _lookedAt = clock.GetTimestamp();
    }

    private static void Require(MissionState state, ScrubReport report)
    {
        if (report.Corrupt.Count > 0)
        {
            throw new VoxeltronException(
                "state_corrupt",
                $"Rows of {string.Join(", ", report.Corrupt)} of mission {state.Mission} changed in memory without a write. The mission is recovered from the log; check this machine's memory.");
        }
    }

    /// <summary>When an idle mission wants to be looked at again, Unix microseconds; null: never.</summary>
    public long? NextLookUs(MissionState state) => rowsPerS == 0 || state.Store.RowCount == 0 ? null : clock.NowUs() + s_idleUs;
}
