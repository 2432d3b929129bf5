using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// Finds hosts that died (their session's advisory lock is gone, or they stopped renewing for the lease ttl) and frees their leases, so that
/// the next claim takes their missions over. It frees work and runs none of it.
/// </summary>
internal sealed partial class Reconciler(HostId self, DeadHostDetector detector, Notifier inboxChanged, WorkerOptions options, TimeProvider clock, ILogger<Reconciler> log)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                foreach (var host in await detector.DetectAsync(self, options.LeaseTtl, stopping))
                {
                    LogDead(log, host.ToString());
                    inboxChanged.Notify(Channels.Streams);
                }
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Host} is dead: its leases are free for others to claim.")]
    private static partial void LogDead(ILogger log, string host);

    [LoggerMessage(2, LogLevel.Debug, "Dead hosts could not be looked for: {Reason}.")]
    private static partial void LogAway(ILogger log, string reason);
}
