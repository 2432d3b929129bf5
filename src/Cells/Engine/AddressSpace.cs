using System.Globalization;
using Voxeltron.Cells.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// Checks what would otherwise abort the process: Wasmtime panics across the C boundary when the pool cannot be mapped,
/// and the runtime aborts when it cannot map code because <c>vm.max_map_count</c> is used up.
/// </summary>
internal static class AddressSpace
{
    /// <summary>Mappings a live cell may cost: stack page, copy-on-write image, heap, and the rest of its slot.</summary>
    public const int MappingsPerCell = 4;

    /// <summary>Part of <c>vm.max_map_count</c> the process may use, in percent. The rest is for code, threads and files.</summary>
    private const int UsablePercent = 90;

    /// <summary>Of what is free, the part <see cref="MostCells"/> counts on, in percent: the runtime goes on mapping until the pool is made.</summary>
    private const int CountedPercent = 90;

    private const string MapCountFile = "/proc/sys/vm/max_map_count";
    private const string MapsFile = "/proc/self/maps";
    private const string OwnMemoryFile = "/proc/self/statm";
    private const string MachineMemoryFile = "/proc/meminfo";

    /// <summary>Throws with what to change when the options do not fit this machine.</summary>
    public static void Require(CellEngineOptions options)
    {
        var slots = options.MaxCells + CellEngine.ReservedSlots;
        if (UsableMappings() is { } usable)
        {
            var needed = CountMappings() + ((long)slots * MappingsPerCell);
            if (needed > usable)
            {
                throw new EngineOptionsException(
                    $"{options.MaxCells} cells may need {needed} memory mappings and this process may use {usable}. Lower the cell capacity or raise vm.max_map_count.");
            }
        }

        var bytes = BytesFor(options.MaxCells);
        if (OperatingSystem.IsLinux() && !CanReserve(bytes))
        {
            throw new EngineOptionsException(
                $"{options.MaxCells} cells need {bytes >> 30} GiB of address space and the system does not grant it. Lower the cell capacity or raise the address-space limit (ulimit -v).");
        }
    }

    /// <summary>The largest capacity <see cref="Require"/> takes on this machine, <see cref="Limits.CellsPerProcess"/> at most.</summary>
    public static int MostCells()
    {
        var cells = UsableMappings() is { } usable
            ? Math.Clamp(((usable - CountMappings()) * CountedPercent / 100 / MappingsPerCell) - CellEngine.ReservedSlots, 1, Limits.CellsPerProcess)
            : Limits.CellsPerProcess;
        while (cells > 1 && OperatingSystem.IsLinux() && !CanReserve(BytesFor(cells)))
        {
            cells /= 2;
        }

        return (int)cells;
    }

    /// <summary>Beyond these another cell could take the process down; null where the system has no such limit.</summary>
    public static long? UsableMappings() =>
        File.Exists(MapCountFile) && long.TryParse(File.ReadAllText(MapCountFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var limit)
            ? limit * UsablePercent / 100
            : null;

    public static long CountMappings()
    {
        if (!File.Exists(MapsFile))
        {
            return 0;
        }

        using var maps = new FileStream(MapsFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Span<byte> buffer = stackalloc byte[16 * 1024];
        var lines = 0L;
        for (int read; (read = maps.Read(buffer)) > 0;)
        {
            lines += buffer[..read].Count((byte)'\n');
        }

        return lines;
    }

    /// <summary>Resident pages without those of files: a module's image counts once the cell has written to it.</summary>
    public static long OwnBytes()
    {
        if (!File.Exists(OwnMemoryFile))
        {
            return 0;
        }

        var fields = File.ReadAllText(OwnMemoryFile).Split(' ');
        return (long.Parse(fields[1], CultureInfo.InvariantCulture) - long.Parse(fields[2], CultureInfo.InvariantCulture)) * Environment.SystemPageSize;
    }

    /// <summary>What the machine could still give, as its kernel reckons; 0 where it does not say.</summary>
    public static long MachineFreeBytes()
    {
        const string name = "MemAvailable:";
        if (!File.Exists(MachineMemoryFile))
        {
            return 0;
        }

        var line = File.ReadLines(MachineMemoryFile).FirstOrDefault(static line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(name.Length, line.Length - name.Length - "kB".Length), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024;
    }

    private static ulong BytesFor(long cells) =>
        ((ulong)(cells + CellEngine.ReservedSlots) * (EngineConfig.MemoryReservationBytes + EngineConfig.MemoryGuardBytes)) + EngineConfig.MemoryGuardBytes;

    // Reserved without commitment and given back at once: the same request the pool is about to make.
    private static bool CanReserve(ulong bytes)
    {
        const int protectionNone = 0;
        const int privateAnonymousNoReserve = 0x02 | 0x20 | 0x4000;
        var address = Native.mmap(0, (nuint)bytes, protectionNone, privateAnonymousNoReserve, -1, 0);
        return address != -1 && Native.munmap(address, (nuint)bytes) == 0;
    }
}
