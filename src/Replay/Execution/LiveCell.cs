using Voxeltron.Cells;
using Voxeltron.Execution;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>A cell that was booted and has not stopped, and for what: only such a one may act, abort or stop.</summary>
internal sealed class LiveCell(CellDelivery delivery, CellId id) : IDisposable
{
    public CellDelivery Delivery => delivery;

    public Cell Cell => delivery.Cell;

    public CellId Id => id;

    public string TaskKey => delivery.TaskKey;

    public int Attempt => delivery.Attempt;

    /// <summary>Its task was given to it, or to an earlier cell of the same task: only timers are left.</summary>
    public bool Begun { get; set; }

    /// <summary>How its task ended, in the word of <c>cell.stopped</c>; null before.</summary>
    public string? Ended { get; set; }

    public void Dispose() => Cell.Dispose();
}
