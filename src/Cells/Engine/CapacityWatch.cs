namespace Voxeltron.Cells;

/// <summary>
/// Looks once a second at what the process has left. Each limit ends worse than a refusal: without mappings the runtime aborts,
/// without memory the kernel kills a process of its choice.
/// </summary>
internal sealed class CapacityWatch(CellEngineOptions options, Func<int> cellsLive)
{
    /// <summary>Reading the list of mappings costs 0.2 µs each: not every second when few cells came or went.</summary>
    private const int RecountCells = 256;
    private const int LooksPerRecount = 60;

    private long _counted;
    private int _countedCells = int.MinValue / 2;
    private int _looks;
    private volatile CapacityReading _last = new(0, options.MaxCells, 0, 0, 0, 0, 0, 0);

    /// <summary>As of the last look, with the cells of now.</summary>
    public CapacityReading Reading => _last with { CellsLive = cellsLive() };

    /// <summary>As of the last look. Asked at every boot.</summary>
    public bool IsTight { get; private set; }

    public void Look()
    {
        var cells = cellsLive();
        var reading = new CapacityReading(
            cells,
            options.MaxCells,
            Mappings(cells),
            AddressSpace.UsableMappings() ?? 0,
            AddressSpace.OwnBytes(),
            options.MaxProcessBytes,
            AddressSpace.MachineFreeBytes(),
            options.MachineReserveBytes);
        _last = reading;
        IsTight = reading.Tight is not null;
    }

    private long Mappings(int cells)
    {
        if (Math.Abs((long)cells - _countedCells) >= RecountCells || ++_looks >= LooksPerRecount)
        {
            (_counted, _countedCells, _looks) = (AddressSpace.CountMappings(), cells, 0);
        }

        return _counted + ((long)(cells - _countedCells) * AddressSpace.MappingsPerCell);
    }
}
