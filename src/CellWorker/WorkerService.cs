using Npgsql;
using Voxeltron.Hosting;

namespace Voxeltron.CellWorker;

/// <summary>Runs one incarnation after another: when one ends before the process was asked to stop, the next begins after a pause.</summary>
internal sealed partial class WorkerService(HostFactory factory, ProcessAddress address, TimeProvider clock, ILogger<WorkerService> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await factory.RunOnceAsync(address.Url, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException or System.Net.Sockets.SocketException)
            {
                LogAway(log, away.Message);
            }

            if (!stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Postgres is away: {Reason}. Trying again every second; start it with scripts/up.")]
    private static partial void LogAway(ILogger log, string reason);
}
