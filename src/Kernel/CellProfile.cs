namespace Voxeltron.Kernel;

/// <summary>Named limits a cell boots with. Every field is a hard limit that replay must see again.</summary>
/// <param name="Name">Lower-case name, unique in a mission.</param>
/// <param name="MemoryLimitBytes">Upper bound of linear memory.</param>
/// <param name="FuelPerAction">Wasmtime fuel units one delivered event may burn; deterministic, so it replays.</param>
/// <param name="TableElements">Upper bound of table elements.</param>
/// <param name="FuelSlice">
/// What an event may burn of it before the task is redelivered as <em>long</em>: a handler holds up every other cell of its
/// mission, so one that runs far is begun again where that is expected. At most <paramref name="FuelPerAction"/>; equal to it,
/// the task is long from the first.
/// </param>
public sealed record CellProfile(string Name, long MemoryLimitBytes, long FuelPerAction, int TableElements, long FuelSlice)
{
    /// <summary>Some 20 ms of plain instructions.</summary>
    public const long DefaultFuelSlice = 20_000_000;

    public static readonly CellProfile Default = new("default", 4 * 1024 * 1024, 200_000_000, 1024, DefaultFuelSlice);

    public CellProfile(string name, long memoryLimitBytes, long fuelPerAction, int tableElements)
        : this(name, memoryLimitBytes, fuelPerAction, tableElements, Math.Min(fuelPerAction, DefaultFuelSlice))
    {
    }

    /// <summary>Fuel of one event.</summary>
    public long Fuel(bool isLong) => isLong ? FuelPerAction : FuelSlice;
}
