using Npgsql;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// Keeps the database's trust in this host: renews its row and every lease, naming each epoch. What the database does not
/// confirm is given up at once. While Postgres is away nothing can be confirmed and nothing can be committed either, so
/// the writer sections wait at the committer; a lease nobody took meanwhile is simply renewed.
/// </summary>
internal sealed partial class LeaseRenewer(
    HostIdentity identity, OwnerTable owners, LeaseCommands leases, HostCommands hosts, HostPresence presence, CellEngine engine, WorkerOptions options, TimeProvider clock, ILogger<LeaseRenewer> log)
{
    /// <summary>A host begins a new incarnation, with a new key, this long before its key runs out.</summary>
    private const long BeforeExpiryUs = 86_400_000_000;

    /// <summary>
    /// Leases are renewed in as many parts, one after another, each once a renewal interval: renewing a thousand in one statement
    /// held up every commit of that moment by 13 ms.
    /// </summary>
    private const int Slices = 8;

    /// <summary>Set when the host was asked to stop: it takes nothing new and gives its streams back.</summary>
    public bool Draining { get; set; }

    /// <summary>Returns when the host was declared dead by another, or its key runs out soon: this incarnation is over.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.LeaseRenewal / Slices, clock);
        for (var tick = 0; await timer.WaitForNextTickAsync(stopping); tick = (tick + 1) % Slices)
        {
            var slice = tick;
            if (clock.NowUs() > identity.NotAfterUs - BeforeExpiryUs)
            {
                LogExpiring(log, identity.Host.ToString());
                return;
            }

            try
            {
                if (tick == 0)
                {
                    await presence.EnsureAsync(stopping);
                }

                if (tick == 0 && !await hosts.RenewAsync(identity.Host, Draining ? "draining" : "live", engine.CellsLive, stopping))
                {
                    LogDeclaredDead(log, identity.Host.ToString());
                    return;
                }

                var terms = owners.Terms(term => SliceOf(term) == slice);
                if (terms.Count == 0)
                {
                    continue;
                }

                owners.KeepOnly(terms, await leases.RenewAsync(identity.Host, terms, options.LeaseTtl, stopping));
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }
        }
    }

    // A stream id is random; system streams' need not be evenly spread.
    private static int SliceOf(LeaseTerm term) => (int)((uint)term.Stream.GetHashCode() % Slices);

    [LoggerMessage(1, LogLevel.Warning, "Leases could not be renewed: {Reason}. Trying again.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Information, "The key of {Host} runs out within a day: it gives its streams back and begins anew.")]
    private static partial void LogExpiring(ILogger log, string host);

    [LoggerMessage(2, LogLevel.Error, "{Host} was declared dead by another host. It stops and comes back as a new incarnation.")]
    private static partial void LogDeclaredDead(ILogger log, string host);
}
