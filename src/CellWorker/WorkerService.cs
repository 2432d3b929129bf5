using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Postgres;

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
                LogFault(away);
            }

            if (!stoppingToken.IsCancellationRequested)
            {
                await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Each asks for something else of the operator: set up, start, or read on.
    private void LogFault(Exception fault)
    {
        if (SetUpFault.In(fault) is { } missing)
        {
            LogNotSetUp(log, missing.MessageText, missing.SqlState);
        }
        else if (fault is PostgresException { IsTransient: false } refused)
        {
            LogRefused(log, refused.MessageText, refused.SqlState);
        }
        else
        {
            LogAway(log, fault.Message);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Postgres is away: {Reason}. Trying again every second; start it with scripts/up.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Error, "Postgres answers, but the schema is missing or older, or a right is missing: {Reason} ({SqlState}). Run scripts/up; trying again every second.")]
    private static partial void LogNotSetUp(ILogger log, string reason, string sqlState);

    [LoggerMessage(3, LogLevel.Error, "Postgres answers and refuses: {Reason} ({SqlState}). Its own log (log/postgres.log of a private cluster) says more; trying again every second.")]
    private static partial void LogRefused(ILogger log, string reason, string sqlState);
}
