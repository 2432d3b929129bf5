using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Voxeltron.Sre;

/// <summary>Ready while it sees: the latest round is younger than three periods.</summary>
internal sealed class ShadowHealthCheck(ShadowOperator shadow, SreOptions options, TimeProvider clock) : IHealthCheck
{
    private const int Periods = 3;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(shadow.Latest is { } view && clock.GetUtcNow().UtcDateTime - view.TimeGathered < Periods * options.Interval
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("has not seen the fabric for a while; the log says why"));
}
