using Npgsql;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// Keeps the database's trust in this host: renews its row, and now and then compares what the database has it hold with what
/// it writes. What it no longer holds is given up at once; what it holds and nobody here writes is given back. While Postgres
/// is away nothing can be confirmed and nothing can be committed either, so the writer sections wait at the committer.
/// </summary>
internal sealed partial class LeaseRenewer(
    HostIdentity identity, OwnerTable owners, LeaseCommands leases, HostCommands hosts, HostPresence presence, CellEngine engine, WarmBudget warm, WaitingTasks waiting, WorkerOptions options, TimeProvider clock, ILogger<LeaseRenewer> log)
{
    /// <summary>A host begins a new incarnation, with a new key, this long before its key runs out.</summary>
    private const long BeforeExpiryUs = 86_400_000_000;

    /// <summary>Renewals from one comparison to the next. A stream lost singly is fenced at its next commit anyway; this finds the idle ones.</summary>
    private const int RenewalsPerLook = 5;

    /// <summary>What the last look found that nobody here writes. Seen twice it is given back: once may be a claim on its way to its owner.</summary>
    private List<LeaseTerm> _orphans = [];

    /// <summary>Set when the host was asked to stop: it takes nothing new and gives its streams back.</summary>
    public bool Draining { get; set; }

    /// <summary>Returns when the host was declared dead by another, or its key runs out soon: this incarnation is over.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.LeaseRenewal, clock);
        for (var tick = 1; await timer.WaitForNextTickAsync(stopping); tick++)
        {
            if (clock.NowUs() > identity.NotAfterUs - BeforeExpiryUs)
            {
                LogExpiring(log, identity.Host.ToString());
                return;
            }

            try
            {
                await presence.EnsureAsync(stopping);
                if (!await hosts.RenewAsync(identity.Host, Draining ? "draining" : "live", Budgets(), stopping))
                {
                    LogDeclaredDead(log, identity.Host.ToString());
                    return;
                }

                if (tick % RenewalsPerLook == 0)
                {
                    await CompareAsync(stopping);
                }
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }
        }
    }

    private HostBudgets Budgets()
    {
        var left = engine.Capacity;
        return new HostBudgets(
            left.CellsLive, waiting.Count, left.Mappings, left.MappingsLimit, left.MemoryBytes, left.MemoryLimitBytes, left.MachineFreeBytes,
            left.Refuses is "slots" && warm.CanMakeRoom ? null : left.Refuses, warm.Asleep, warm.Spool?.UsedBytes ?? 0, warm.Left);
    }

    private async Task CompareAsync(CancellationToken stopping)
    {
        // Before the question: what is claimed meanwhile was not asked about.
        var written = owners.Terms();
        var held = await leases.HeldAsync(identity.Host, stopping);
        owners.KeepOnly(written, held);
        var orphans = owners.Orphans(held);
        await leases.ReleaseAsync(identity.Host, [.. orphans.Intersect(_orphans)], stopping);
        _orphans = orphans;
    }

    [LoggerMessage(1, LogLevel.Warning, "This host could not renew: {Reason}. Trying again.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Information, "The key of {Host} runs out within a day: it gives its streams back and begins anew.")]
    private static partial void LogExpiring(ILogger log, string host);

    [LoggerMessage(2, LogLevel.Error, "{Host} was declared dead by another host. It stops and comes back as a new incarnation.")]
    private static partial void LogDeclaredDead(ILogger log, string host);
}
