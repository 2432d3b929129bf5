using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>How a live cell is, as its host last said. Telemetry: written beside the log, lost with the database's crash, no evidence of anything.</summary>
/// <param name="IsHibernated">It waits as an image in its host's spool.</param>
/// <param name="Events">Delivered to it since it was booted here.</param>
/// <param name="LastEvent">start, resume, task, timer or delta.</param>
/// <param name="Queue">Changes of views that wait for it, and its timers that are due.</param>
/// <param name="MemoryBytes">Its linear memory.</param>
/// <param name="Fuel">Burnt in all its events.</param>
/// <param name="FuelLast">Burnt in the last one.</param>
/// <param name="Faults">Events of its task that were aborted, as far as its owner knows.</param>
/// <param name="Restarts">Cells its task had before.</param>
/// <param name="LastFault">The code of the last of them.</param>
public sealed record CellHealthRow(
    TenantId Tenant, MissionId Mission, string TaskKey, CellId Cell, HostId Host, int Attempt, bool IsHibernated, long Events, string LastEvent, long LastEventUs,
    int Queue, long MemoryBytes, long Fuel, long FuelLast, int Faults, int Restarts, string? LastFault);

/// <summary>What a host has to say since it last did.</summary>
/// <param name="Ended">Missions of which nothing is true any more.</param>
/// <param name="Taken">Missions it owns now: what other hosts said is over.</param>
/// <param name="Gone">Cells that have ended.</param>
public sealed record CellHealthBatch(
    HostId Host, IReadOnlyCollection<(TenantId Tenant, MissionId Mission)> Ended, IReadOnlyCollection<(TenantId Tenant, MissionId Mission)> Taken,
    IReadOnlyCollection<CellGone> Gone, IReadOnlyCollection<CellHealthRow> Rows);

/// <summary>A cell of a mission that has ended.</summary>
public readonly record struct CellGone(TenantId Tenant, MissionId Mission, string TaskKey);
