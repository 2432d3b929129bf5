using Voxeltron.Api.Auth;
using Voxeltron.Api.Events;
using Voxeltron.Api.Export;
using Voxeltron.Api.Http;
using Voxeltron.Api.Cells;
using Voxeltron.Api.Budgets;
using Voxeltron.Api.Faults;
using Voxeltron.Api.Gates;
using Voxeltron.Api.Hosts;
using Voxeltron.Api.Housekeeping;
using Voxeltron.Api.Inbox;
using Voxeltron.Api.Missions;
using Voxeltron.Api.Models;
using Voxeltron.Api.Modules;
using Voxeltron.Api.Pages;
using Voxeltron.Api.Signals;
using Voxeltron.Api.Views;
using Voxeltron.Hosting;
using Voxeltron.Postgres;

namespace Voxeltron.Api;

/// <summary>What the Api is made of.</summary>
internal static class ApiRegistration
{
    /// <summary>The largest body any address takes; each address has its own, smaller bound.</summary>
    private const long MaxBodyBytes = 32 * 1024 * 1024 + 1;

    public static void AddVoxeltronApi(this WebApplicationBuilder builder, FabricState state)
    {
        var services = builder.Services;
        var options = ApiOptions.From(state.Settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        });
        services.AddSingleton(options);
        services.AddSingleton(_ => state.Signer(FabricKey.Api));
        services.AddSingleton<ApiMetrics>();

        services.AddSingleton<ApiKeyQueries>();
        services.AddSingleton<IdempotencyQueries>();
        services.AddSingleton<MissionQueries>();
        services.AddSingleton<TaskQueries>();
        services.AddSingleton<ModuleQueries>();
        services.AddSingleton<EventQueries>();
        services.AddSingleton<ViewQueries>();
        services.AddSingleton<MissionModuleQueries>();
        services.AddSingleton<BudgetQueries>();
        services.AddSingleton<IncidentQueries>();
        services.AddSingleton<GateQueries>();
        services.AddSingleton<ApproverQueries>();
        services.AddSingleton<ModelQueries>();
        services.AddSingleton<HostQueries>();
        services.AddSingleton<CellHealthQueries>();
        services.AddSingleton(static provider => new InboxCommands(
            provider.GetRequiredService<FabricDataSource>().Lane("inbox"), provider.GetRequiredService<ILogger<InboxCommands>>()));

        services.AddSingleton<IntentFactory>();
        services.AddSingleton<InboxCommitter>();
        services.AddHostedService(static provider => provider.GetRequiredService<InboxCommitter>());
        services.AddSingleton<JournalSignal>();
        services.AddSingleton<JournalWait>();
        services.AddSingleton(static provider => new NotificationListener(
            provider.GetRequiredService<FabricDataSource>(), [Channels.Journal], provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NotificationListener>>()));
        services.AddHostedService<JournalFollower>();

        services.AddSingleton<MissionDirectory>();
        services.AddSingleton<MissionInbox>();
        services.AddSingleton<ModuleEndpoints>();
        services.AddSingleton<ReloadEndpoints>();
        services.AddSingleton<ControlEndpoints>();
        services.AddSingleton<IncidentEndpoints>();
        services.AddSingleton<HostEndpoints>();
        services.AddSingleton<CellEndpoints>();
        services.AddSingleton<MissionEndpoints>();
        services.AddSingleton<ItemEndpoints>();
        services.AddSingleton<FaultEndpoints>();
        services.AddSingleton<GateEndpoints>();
        services.AddSingleton<GateStream>();
        services.AddSingleton<DecisionEndpoint>();
        services.AddSingleton<ApproverEndpoints>();
        services.AddSingleton<ModelEndpoints>();
        services.AddSingleton<TaskEndpoints>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<ViewGate>();
        services.AddSingleton<ViewEndpoints>();
        services.AddSingleton<ViewDeclareEndpoint>();
        services.AddSingleton<ExportEndpoint>();
        services.AddSingleton<LoginPage>();
        services.AddSingleton<HomePage>();

        services.AddVoxeltronAuth();
        services.AddVoxeltronHousekeeping(state.ConnectionString(FabricRole.Api));
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        services.AddOpenApi("v1", OpenApiText.Configure);
    }

    public static void UseVoxeltronApi(this WebApplication app)
    {
        app.UseMiddleware<ProblemMiddleware>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapVoxeltronHosting();
        app.MapOpenApi().AllowAnonymous();
        ModuleEndpoints.Map(app);
        ReloadEndpoints.Map(app);
        ControlEndpoints.Map(app);
        SchemaEndpoint.Map(app);
        IncidentEndpoints.Map(app);
        HostEndpoints.Map(app);
        CellEndpoints.Map(app);
        MissionEndpoints.Map(app);
        ItemEndpoints.Map(app);
        FaultEndpoints.Map(app);
        GateEndpoints.Map(app);
        GateStream.Map(app);
        DecisionEndpoint.Map(app);
        ApproverEndpoints.Map(app);
        ModelEndpoints.Map(app);
        TaskEndpoints.Map(app);
        EventEndpoints.Map(app);
        ViewEndpoints.Map(app);
        ViewDeclareEndpoint.Map(app);
        ExportEndpoint.Map(app);
        app.MapGet("/v1/whoami", static (HttpContext http) => Results.Json(
                new WhoAmIView(http.Caller().Tenant.Value, http.Caller().KeyId, http.Caller().Name, http.Caller().Role), ApiJson.Default.WhoAmIView))
            .WithTags("keys").WithSummary("What the key used is").RequireAuthorization(Policies.Read).Produces<WhoAmIView>();
        LoginPage.Map(app);
        HomePage.Map(app);
        app.MapVoxeltronHousekeeping();
    }
}
