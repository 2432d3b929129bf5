using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Voxeltron.Api.Auth;
using Voxeltron.Postgres;

namespace Voxeltron.Api.Housekeeping;

/// <summary>Hangfire on its own schema and the Api's role. Its polling is too coarse for anything but tidying.</summary>
internal static class HousekeepingRegistration
{
    private const string Schema = "hangfire";
    private const int Workers = 1;

    public static void AddVoxeltronHousekeeping(this IServiceCollection services, string connectionString)
    {
        // Made here and not through Hangfire's global configuration: two Apis in one process must not share a storage.
        var storage = new PostgreSqlStorage(new NpgsqlConnectionFactory(connectionString, new PostgreSqlStorageOptions()), new PostgreSqlStorageOptions
        {
            SchemaName = Schema,
            // The migrations made the schema; this role may not.
            PrepareSchemaIfNecessary = false,
            QueuePollInterval = TimeSpan.FromSeconds(5),
            UseSlidingInvisibilityTimeout = true,
        });
        services.AddSingleton<JobStorage>(storage);
        services.AddSingleton<HousekeepingCommands>();
        services.AddScoped<HousekeepingJobs>();
        services.AddSingleton<ClosedJobList>();
        services.AddSingleton<JobActivator>(static provider => provider.GetRequiredService<ClosedJobList>());
        services.AddSingleton<IJobFilterProvider>(static provider => Filters(provider.GetRequiredService<ClosedJobList>()));
        services.AddHangfire(static (provider, hangfire) => hangfire.UseLogProvider(new HangfireLog(provider.GetRequiredService<ILoggerFactory>())));
        services.AddHangfireServer(static (_, options) =>
        {
            options.WorkerCount = Workers;
            options.ServerName = "voxeltron-api";
            options.SchedulePollingInterval = TimeSpan.FromSeconds(15);
        }, storage);
        services.AddHostedService<HousekeepingSchedule>();
    }

    public static void MapVoxeltronHousekeeping(this IEndpointRouteBuilder routes) => routes
        .MapHangfireDashboard("/hangfire", new DashboardOptions
        {
            Authorization = [new DashboardAccess()],
            IsReadOnlyFunc = DashboardAccess.IsReadOnly,
            DashboardTitle = "Voxeltron housekeeping",
            AppPath = "/",
            DisplayStorageConnectionString = false,
        })
        .RequireAuthorization(Policies.Browser);

    private static JobFilterProviderCollection Filters(ClosedJobList list)
    {
        var filters = new JobFilterCollection { list };
        // A housekeeping run that fails is not repeated: the next one does its work.
        filters.Add(new AutomaticRetryAttribute { Attempts = 0 });
        return new JobFilterProviderCollection(filters);
    }
}
