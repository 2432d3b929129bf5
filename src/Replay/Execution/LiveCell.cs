using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>A cell that was booted and has not stopped, and for what: only such a one may act, abort or stop.</summary>
internal sealed class LiveCell(Cell cell, CellId id, string taskKey, int attempt) : IDisposable
{
    public Cell Cell => cell;

    public CellId Id => id;

    public string TaskKey => taskKey;

    public int Attempt => attempt;

    /// <summary>Its task was given to it, or to an earlier cell of the same task: only timers are left.</summary>
    public bool Begun { get; set; }

    /// <summary>How its task ended, in the word of <c>cell.stopped</c>; null before.</summary>
    public string? Ended { get; set; }

    public void Dispose() => cell.Dispose();
}
