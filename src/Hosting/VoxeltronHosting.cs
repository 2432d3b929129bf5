using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Voxeltron.Postgres;

namespace Voxeltron.Hosting;

/// <summary>
/// What Api, CellWorker and Sre have in common: state directory, one database role, logging, <c>/health</c>, <c>/ready</c>,
/// <c>/metrics</c>, and a bounded drain on SIGTERM. A composition root reads:
/// <code>
/// return await FabricProcess.RunAsync(async () =>
/// {
///     var builder = WebApplication.CreateBuilder(args);
///     var state = builder.AddVoxeltronHosting("worker", FabricRole.Worker);
///     …
///     var app = builder.Build();
///     app.MapVoxeltronHosting();
///     await app.RunAsync();
/// });
/// </code>
/// </summary>
public static class VoxeltronHosting
{
    /// <summary>Loopback, a port of the kernel's choice; only Api needs an address others can guess.</summary>
    private const string AnyLocalPort = "http://127.0.0.1:0";

    /// <param name="builder">The process's builder.</param>
    /// <param name="kind">api, worker or sre.</param>
    /// <param name="role">The database role this process holds, and no other.</param>
    public static FabricState AddVoxeltronHosting(this WebApplicationBuilder builder, string kind, FabricRole role)
    {
        var state = FabricState.OpenFromEnvironment();
        var instance = FabricInstance.FromEnvironment(kind);
        builder.Configuration.AddConfiguration(state.Settings);

        var services = builder.Services;
        services.AddSingleton(state);
        services.AddSingleton(instance);
        services.TryAddSingleton(TimeProvider.System);
        // Read now: a missing or open password file must stop the process before it serves anything.
        var connectionString = state.ConnectionString(role);
        services.AddSingleton(_ => new FabricDataSource(connectionString, "voxeltron-" + instance.Name, FabricDataSource.ServiceConnections));
        services.AddSingleton<ProcessAddress>();
        services.AddHostedService(static provider => provider.GetRequiredService<ProcessAddress>());
        services.Configure<HostOptions>(options => options.ShutdownTimeout = state.Config.ShutdownTimeout);

        ConsoleLogging.Configure(builder.Logging, state.Config);
        HealthEndpoints.AddChecks(services);
        MetricsEndpoint.AddMetrics(services);

        var fallback = kind == "api" ? FabricConfig.DefaultApiUrl : AnyLocalPort;
        var url = state.Settings.Url(kind + ":url", fallback).ToString();
        if (InheritedListener.Take() is { } listener)
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenHandle(listener));
        }
        else
        {
            builder.WebHost.UseUrls(url);
        }

        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.AddServerHeader = false);
        return state;
    }

    /// <summary>Maps <c>/health</c>, <c>/ready</c> and <c>/metrics</c>; none of them tells a secret and none asks for a key.</summary>
    public static void MapVoxeltronHosting(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapHealth();
        endpoints.MapFabricMetrics();
    }
}
