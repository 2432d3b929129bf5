using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Replay;

/// <summary>The cell that was booted last, and for what: only this one may act, abort or stop.</summary>
internal sealed class LiveCell(Cell cell, CellId id, string taskKey, int attempt) : IDisposable
{
    public Cell Cell => cell;

    public CellId Id => id;

    public string TaskKey => taskKey;

    public int Attempt => attempt;

    /// <summary>How its one event ended, in the word of <c>cell.stopped</c>; null before.</summary>
    public string? Ended { get; set; }

    public void Dispose() => cell.Dispose();
}
