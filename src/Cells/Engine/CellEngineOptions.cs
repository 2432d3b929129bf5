namespace Voxeltron.Cells;

/// <summary>
/// What one process grants its cells in total. None of these changes what a guest computes, so they are not part of the
/// fingerprint: a replay tool with room for one cell agrees with a worker that has room for ten thousand.
/// </summary>
public sealed record CellEngineOptions
{
    /// <summary>Live cells. One slot more is reserved for admission and warm-up.</summary>
    public int MaxCells { get; init; } = 1000;

    /// <summary>The largest linear memory a slot can hold; a profile may ask for less.</summary>
    public long MaxMemoryBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The largest table a slot can hold; a profile may ask for less.</summary>
    public int MaxTableElements { get; init; } = 4096;

    /// <summary>Slots whose mappings stay prepared for the module that used them last.</summary>
    public int WarmSlots { get; init; } = 128;

    /// <summary>Memory of its own the process may hold before it takes no further cell; 0: no limit.</summary>
    public long MaxProcessBytes { get; init; }

    /// <summary>What the machine must have left for a further cell to be taken.</summary>
    public long MachineReserveBytes { get; init; }

    /// <summary>Resolution of the watchdog.</summary>
    public TimeSpan EpochPeriod { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Wall time after which one event is cut off. Fuel is the deterministic limit and comes first; this one only keeps
    /// a host with stolen cores or a profile of absurd fuel from losing a thread.
    /// </summary>
    public TimeSpan WatchdogLimit { get; init; } = TimeSpan.FromSeconds(10);
}
