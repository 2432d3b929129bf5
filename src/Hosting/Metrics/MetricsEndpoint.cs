using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Prometheus;

namespace Voxeltron.Hosting;

/// <summary>
/// <c>/metrics</c> in Prometheus text form. Rooms know nothing of Prometheus: they create a <see cref="Meter"/> named
/// <c>Voxeltron.something</c> and this shows it, beside the runtime's own figures. Counters here are telemetry, never evidence.
/// </summary>
public static class MetricsEndpoint
{
    public const string MeterPrefix = "Voxeltron.";

    /// <summary>From 25 µs, a warm boot, to about 13 s, doubling: one ladder for every histogram in milliseconds.</summary>
    private static readonly double[] MillisecondBuckets = Histogram.ExponentialBuckets(start: 0.025, factor: 2, count: 20);

    internal static void AddMetrics(IServiceCollection services)
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        DotNetStats.Register(registry);
        services.AddSingleton(registry);
        services.AddSingleton(new MeterListening(MeterAdapter.StartListening(new MeterAdapterOptions
        {
            Registry = registry,
            // Left alone, the adapter would publish our meters into the process-wide registry, which /metrics does not serve.
            MetricFactory = Prometheus.Metrics.WithCustomRegistry(registry),
            InstrumentFilterPredicate = static instrument => instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal),
            ResolveHistogramBuckets = static _ => MillisecondBuckets,
        })));
    }

    public static void MapFabricMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapMetrics("/metrics", endpoints.ServiceProvider.GetRequiredService<CollectorRegistry>()).AllowAnonymous();

    /// <summary>Ends the listening with the process's services.</summary>
    private sealed class MeterListening(IDisposable adapter) : IDisposable
    {
        public void Dispose() => adapter.Dispose();
    }
}
