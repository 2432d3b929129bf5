using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>What a worker process says about itself when it starts.</summary>
/// <param name="Machine">A name for people.</param>
/// <param name="Key">The key this incarnation signs with.</param>
public sealed record HostRegistration(HostId Host, string Machine, int ProcessId, KeyId Key, int CellCapacity, string? MetricsUrl)
{
    /// <summary>The second key of the host's advisory lock. From the id, which is random; a clash is refused by the unique constraint.</summary>
    public int LockKey => LockKeyOf(Host);

    public static int LockKeyOf(HostId host)
    {
        Span<byte> bytes = stackalloc byte[16];
        host.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes[12..]);
    }
}

/// <summary>What a host has left for cells, as it says with each renewal; bytes of memory.</summary>
/// <param name="TasksWaiting">Tasks that could begin and have no cell.</param>
/// <param name="CellsHibernated">Cells that wait as images in its spool.</param>
/// <param name="SpoolBytes">What those take on disk.</param>
/// <param name="HibernationLeft">Cells that could hibernate besides.</param>
/// <param name="Refuses">slots, mappings, memory or machine_memory; null when a further cell would be taken.</param>
public sealed record HostBudgets(
    int CellsLive, int TasksWaiting, long Mappings, long MappingsLimit, long MemoryBytes, long MemoryLimitBytes, long MachineFreeBytes, string? Refuses,
    int CellsHibernated = 0, long SpoolBytes = 0, int HibernationLeft = 0);
