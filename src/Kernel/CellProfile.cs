namespace Voxeltron.Kernel;

/// <summary>Named limits a cell boots with. Every field is a hard limit that replay must see again.</summary>
/// <param name="Name">Lower-case name, unique in a mission.</param>
/// <param name="MemoryLimitBytes">Upper bound of linear memory.</param>
/// <param name="FuelPerAction">Wasmtime fuel units one delivered event may burn; deterministic, so it replays.</param>
/// <param name="TableElements">Upper bound of table elements.</param>
public sealed record CellProfile(string Name, long MemoryLimitBytes, long FuelPerAction, int TableElements)
{
    public static readonly CellProfile Default = new("default", 4 * 1024 * 1024, 200_000_000, 1024);
}
