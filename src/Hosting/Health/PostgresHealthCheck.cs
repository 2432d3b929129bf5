using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Voxeltron.Postgres;

namespace Voxeltron.Hosting;

/// <summary>Ready only while the database answers this process's role.</summary>
internal sealed class PostgresHealthCheck(FabricDataSource database) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = await database.OpenAsync(cancellationToken);
            await using var ping = new NpgsqlCommand("select 1", connection);
            await ping.ExecuteScalarAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception fault) when (fault is NpgsqlException or SocketException or TimeoutException)
        {
            database.ForgetIdle();
            return HealthCheckResult.Unhealthy("Postgres does not answer; scripts/status shows whether it runs", fault);
        }
    }
}
