namespace Voxeltron.Cosmictron;

/// <summary>What all operators of a circuit share.</summary>
internal sealed class StepContext(CircuitLimits limits)
{
    public TraceSpace Space { get; } = new();

    /// <summary>What one operator may give in one step.</summary>
    public int BatchBytes { get; set; } = limits.BatchBytes;

    /// <summary>
    /// Rows are fed a part at a time, so some are only there for now. A fault is counted and counts at the end: nothing is cut
    /// because of it.
    /// </summary>
    public bool IsLoading { get; set; }

    /// <summary>A step is fed again with its weights negated.</summary>
    public bool IsUndo { get; set; }
}
