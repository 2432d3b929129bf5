using Microsoft.Extensions.Logging;
using Npgsql;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// Finds hosts that died (their session's advisory lock is gone and they stopped renewing) and frees their leases, so that
/// the next claim takes their missions over. It frees work and runs none of it.
/// </summary>
internal sealed partial class Reconciler(HostCommands hosts, Action wakePump, TimeProvider clock, ILogger<Reconciler> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>After Postgres was away every host's lock is gone: all get this long to come back before any is judged.</summary>
    private static readonly TimeSpan GraceAfterOutage = TimeSpan.FromSeconds(3);

    public async Task RunAsync(CancellationToken stopping)
    {
        var judgeFrom = clock.GetUtcNow() + GraceAfterOutage;
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                // Asked even during the grace: an answer shows that the database is back.
                var dead = await hosts.FindDeadAsync(stopping);
                if (clock.GetUtcNow() < judgeFrom)
                {
                    continue;
                }

                foreach (var host in dead)
                {
                    var freed = await hosts.BuryAsync(host, stopping);
                    LogBuried(log, host.ToString(), freed);
                    wakePump();
                }
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                judgeFrom = clock.GetUtcNow() + GraceAfterOutage;
                LogAway(log, away.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Host} is dead: {Leases} leases freed for others to claim.")]
    private static partial void LogBuried(ILogger log, string host, int leases);

    [LoggerMessage(2, LogLevel.Debug, "Dead hosts could not be looked for: {Reason}.")]
    private static partial void LogAway(ILogger log, string reason);
}
