using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <summary>Reads section <c>worker</c> of config.json (docs/configuration.md).</summary>
internal static class WorkerSettings
{
    /// <summary>Keys lent until their seal is durable: as many cells as can be undurable in several busy missions at once. 64 bytes each. Those of cells that hibernate come on top.</summary>
    public const int KeyringCapacity = 65_536;

    /// <summary>Wall time after which a guest is stopped whatever fuel it has; well below the lease's ttl.</summary>
    public static readonly TimeSpan WatchdogLimit = TimeSpan.FromSeconds(2);

    public const int MinThreads = 32;

    /// <summary>A lease must survive this many lost renewals.</summary>
    private const int RenewalsPerTtl = 3;

    public static WorkerOptions Read(IConfiguration settings)
    {
        var fallback = WorkerOptions.Default;
        var options = new WorkerOptions(
            settings.WholeNumber("worker:cell_capacity", fallback.CellCapacity, 1, Limits.CellsPerProcess),
            settings.WholeNumber("worker:mission_capacity", fallback.MissionCapacity, 1, 100_000),
            Milliseconds(settings, "worker:lease_ttl_ms", fallback.LeaseTtl),
            Milliseconds(settings, "worker:lease_renewal_ms", fallback.LeaseRenewal),
            Milliseconds(settings, "worker:poll_ms", fallback.Poll),
            Milliseconds(settings, "worker:checkpoint_interval_ms", fallback.CheckpointInterval),
            settings.GetValue("worker:timeline", fallback.Timeline),
            fallback.Snapshots with
            {
                Tail = settings.WholeNumber("worker:snapshot_tail", fallback.Snapshots.Tail, 0, 10_000_000),
                Interval = Milliseconds(settings, "worker:snapshot_interval_ms", fallback.Snapshots.Interval),
                JudgePercent = settings.WholeNumber("worker:snapshot_judge_percent", fallback.Snapshots.JudgePercent, 1, 100),
                Age = Milliseconds(settings, "worker:snapshot_age_ms", fallback.Snapshots.Age),
            },
            settings.WholeNumber("worker:scrub_rows_per_s", fallback.ScrubRowsPerS, 0, 10_000_000),
            new CompileOptions(
                settings.WholeNumber("worker:compile_cpu_s", fallback.Compile.CpuSeconds, 1, 600),
                settings.WholeNumber("worker:compile_memory_mib", fallback.Compile.MemoryMib, 256, 65_536)),
            settings.WholeNumber("worker:artifact_mib", fallback.ArtifactMib, 0, 1_048_576),
            settings.WholeNumber("worker:memory_mib", fallback.MemoryMib, 0, 10_000_000),
            settings.WholeNumber("worker:machine_reserve_mib", fallback.MachineReserveMib, 0, 10_000_000),
            settings.WholeNumber("worker:warm_cells", fallback.WarmCells, 0, Limits.CellsPerProcess),
            settings.WholeNumber("worker:hibernated_cells", fallback.HibernatedCells, 0, 1_000_000),
            settings.WholeNumber("worker:spool_mib", fallback.SpoolMib, 0, 10_000_000),
            settings.GetValue("worker:allow_kill", fallback.AllowKill),
            settings.Text("worker:broker_socket", fallback.BrokerSocket),
            settings.Text("worker:no_broker_reason", fallback.NoBrokerReason));
        if (options.LeaseRenewal * RenewalsPerTtl > options.LeaseTtl)
        {
            throw new VoxeltronException("bad_config", $"worker.lease_renewal_ms ({options.LeaseRenewal.TotalMilliseconds}) must be at most a third of worker.lease_ttl_ms ({options.LeaseTtl.TotalMilliseconds}).");
        }

        return options;
    }

    private static TimeSpan Milliseconds(IConfiguration settings, string key, TimeSpan fallback) =>
        TimeSpan.FromMilliseconds(settings.WholeNumber(key, (int)fallback.TotalMilliseconds, 10, 600_000));
}
