using System.Globalization;

namespace Voxeltron.Cells;

/// <summary>
/// Looks once a second at what the process has left. Each limit ends worse than a refusal: without mappings the runtime aborts,
/// without memory the kernel kills a process of its choice.
/// </summary>
internal sealed class CapacityWatch(CellEngineOptions options, Func<int> cellsLive)
{
    private const string OwnMemory = "/proc/self/statm";
    private const string MachineMemory = "/proc/meminfo";

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
            OwnBytes(),
            options.MaxProcessBytes,
            MachineFree(),
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

    /// <summary>Resident pages without those of files: a module's image counts once the cell has written to it.</summary>
    private static long OwnBytes()
    {
        if (!File.Exists(OwnMemory))
        {
            return 0;
        }

        var fields = File.ReadAllText(OwnMemory).Split(' ');
        return (long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
    }

    private static long MachineFree()
    {
        const string name = "MemAvailable:";
        if (!File.Exists(MachineMemory))
        {
            return 0;
        }

        var line = File.ReadLines(MachineMemory).FirstOrDefault(static line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(name.Length, line.Length - name.Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }
}
