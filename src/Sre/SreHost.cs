using Microsoft.SemanticKernel;
using Voxeltron.Hosting;
using Voxeltron.Postgres;
using SemanticKernel = Microsoft.SemanticKernel.Kernel;

namespace Voxeltron.Sre;

/// <summary>The composition root of the SRE operator, callable so that tests start exactly what production starts.</summary>
public static class SreHost
{
    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var state = builder.AddVoxeltronHosting("sre", FabricRole.Sre);
        var services = builder.Services;
        services.AddSingleton(SreOptions.From(state.Settings));
        services.AddSingleton<SreMetrics>();
        services.AddSingleton<TelemetryQueries>();
        services.AddSingleton(static provider => BuildKernel(provider.GetRequiredService<TelemetryQueries>()));
        services.AddSingleton<ShadowOperator>();
        services.AddHostedService<ShadowLoop>();
        services.AddHealthChecks().AddCheck<ShadowHealthCheck>("shadow", tags: [HealthEndpoints.ReadyTag]);

        var app = builder.Build();
        app.MapVoxeltronHosting();
        app.MapGet("/telemetry", static (ShadowOperator shadow) => shadow.Latest is { } view
            ? Results.Json(view, SreJson.Default.ShadowView)
            : Results.StatusCode(StatusCodes.Status503ServiceUnavailable));
        return app;
    }

    /// <summary>No chat service is added: a kernel without one still invokes functions, and nothing else is wanted in shadow mode.</summary>
    private static SemanticKernel BuildKernel(TelemetryQueries telemetry)
    {
        var builder = SemanticKernel.CreateBuilder();
        builder.Plugins.AddFromObject(new TelemetryPlugin(telemetry), TelemetryPlugin.Name);
        return builder.Build();
    }
}
