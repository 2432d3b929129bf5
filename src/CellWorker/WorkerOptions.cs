using Voxeltron.Cells;

namespace Voxeltron.CellWorker;

/// <summary>Settings of one worker host; section <c>worker</c> of config.json, units in the names.</summary>
/// <param name="CellCapacity">Cells that may live at once: slots of the pooling allocator.</param>
/// <param name="MissionCapacity">Streams one host owns at most.</param>
/// <param name="LeaseTtl">How long the database trusts this host without a renewal.</param>
/// <param name="LeaseRenewal">Must be well below the ttl: three may fail before it runs out.</param>
/// <param name="Timeline">Keep the times of recent tasks for <c>/timeline</c>: for measuring, off otherwise.</param>
/// <param name="Snapshots">When a mission's state is written down.</param>
/// <param name="ScrubRowsPerS">Rows a mission hashes again each second to find corrupted memory; 0: none, and no set hashes are kept.</param>
/// <param name="MemoryMib">Memory of its own this host may hold before it takes no further cell; 0: no limit.</param>
/// <param name="MachineReserveMib">What the machine must have left for a further cell.</param>
/// <param name="Compile">What compiling one module may cost.</param>
/// <param name="ArtifactMib">Compiled modules kept on disk; 0: none.</param>
/// <param name="WarmCells">Cells kept warm; beyond it those that have waited longest hibernate. 0: as many as there are slots.</param>
/// <param name="HibernatedCells">Cells that may hibernate at most.</param>
/// <param name="SpoolMib">Disk their images may take; 0: cells never hibernate.</param>
/// <param name="AllowKill">An operator may have this process killed, to see another take over.</param>
/// <param name="BrokerSocket">Where the machine's broker listens; empty: there is none, and cells have no egress.</param>
/// <param name="NoBrokerReason">Why there is none, for people.</param>
/// <param name="Poll">The poll behind every notification: a lost hint costs this much and no more.</param>
internal sealed record WorkerOptions(int CellCapacity, int MissionCapacity, TimeSpan LeaseTtl, TimeSpan LeaseRenewal, TimeSpan Poll, TimeSpan CheckpointInterval, bool Timeline,
    SnapshotOptions Snapshots, int ScrubRowsPerS, CompileOptions Compile, int ArtifactMib, int MemoryMib, int MachineReserveMib,
    int WarmCells, int HibernatedCells, int SpoolMib, bool AllowKill, string BrokerSocket, string NoBrokerReason)
{
    public static readonly WorkerOptions Default = new(
        CellCapacity: 1_000,
        MissionCapacity: 1_024,
        LeaseTtl: TimeSpan.FromSeconds(5),
        LeaseRenewal: TimeSpan.FromSeconds(1),
        Poll: TimeSpan.FromSeconds(1),
        CheckpointInterval: TimeSpan.FromSeconds(1),
        Timeline: false,
        Snapshots: SnapshotOptions.Default,
        ScrubRowsPerS: 5_000,
        Compile: CompileOptions.Default,
        ArtifactMib: 512,
        MemoryMib: 0,
        MachineReserveMib: 256,
        WarmCells: 0,
        HibernatedCells: 10_000,
        SpoolMib: 1_024,
        AllowKill: false,
        BrokerSocket: "",
        NoBrokerReason: "no broker runs on this machine (worker.broker_socket names none)");

    public CellEngineOptions Engine => new()
    {
        MaxCells = CellCapacity,
        MaxProcessBytes = MemoryMib * 1024L * 1024,
        MachineReserveBytes = MachineReserveMib * 1024L * 1024,
        WatchdogLimit = WorkerSettings.WatchdogLimit,
    };
}
