namespace Voxeltron.Cells;

/// <summary>What a process has left for cells, as of the last look. Telemetry and admission; nothing a guest sees follows from it.</summary>
/// <param name="CellsLive">Booted and not yet disposed.</param>
/// <param name="Cells">Slots for them.</param>
/// <param name="Mappings">Memory mappings of the process, counted or reckoned since they were; 0 where the system has no such limit.</param>
/// <param name="MappingsLimit">What it may have; the rest is for code, threads and files.</param>
/// <param name="MemoryBytes">Resident memory of its own: without mapped files and images that cells share.</param>
/// <param name="MemoryLimitBytes">What it may have; 0: no limit of its own.</param>
/// <param name="MachineFreeBytes">What the machine could still give, as its kernel reckons; below <paramref name="MachineReserveBytes"/> no cell is taken.</param>
public sealed record CapacityReading(
    int CellsLive, int Cells, long Mappings, long MappingsLimit, long MemoryBytes, long MemoryLimitBytes, long MachineFreeBytes, long MachineReserveBytes)
{
    /// <summary>Why no cell is taken apart from slots: <c>mappings</c>, <c>memory</c> or <c>machine_memory</c>; null when one would be.</summary>
    public string? Tight =>
        MappingsLimit > 0 && Mappings > MappingsLimit ? "mappings"
        : MemoryLimitBytes > 0 && MemoryBytes > MemoryLimitBytes ? "memory"
        : MachineFreeBytes > 0 && MachineFreeBytes < MachineReserveBytes ? "machine_memory"
        : null;

    /// <summary>The same with slots: what a host says of itself.</summary>
    public string? Refuses => Tight ?? (CellsLive >= Cells ? "slots" : null);

    /// <summary>For people: the budget that is used up, and what to do.</summary>
    public string Explain() => Refuses switch
    {
        "mappings" => $"The process uses {Mappings} memory mappings of the {MappingsLimit} it may (vm.max_map_count). Raise that limit, or run more worker hosts with fewer cells each.",
        "memory" => $"The process holds {MemoryBytes >> 20} MiB of the {MemoryLimitBytes >> 20} MiB it may (worker.memory_mib).",
        "machine_memory" => $"The machine has {MachineFreeBytes >> 20} MiB left, and {MachineReserveBytes >> 20} MiB are not for cells (worker.machine_reserve_mib).",
        _ => $"All {Cells} cells of this host are live (worker.cell_capacity).",
    };
}
