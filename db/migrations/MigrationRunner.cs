using FluentMigrator.Runner;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Voxeltron.Migrations;

/// <summary>
/// Brings a database to the schema of this build, as the role that owns it. Safe to start twice at once: the second waits for
/// the first and then finds nothing to do. Each step is one transaction; a failing one leaves nothing of itself.
/// </summary>
/// <remarks>Beforehand, set-up has created the five roles, see <see cref="RoleDefaults"/>, and the database with voxeltron_owner as its owner.</remarks>
public static class MigrationRunner
{
    /// <summary>Applies every pending step, then Hangfire's own schemas.</summary>
    public static Task MigrateAsync(string ownerConnectionString, TimeProvider clock, CancellationToken cancel) =>
        UnderLockAsync(ownerConnectionString, clock, (runner, connectionString) =>
        {
            runner.MigrateUp();
            HangfireSchemas.Install(connectionString);
        }, cancel);

    /// <summary>Takes steps back to <paramref name="version"/>. Refused, with nothing changed by the refusing step, where rows would be lost that are evidence.</summary>
    public static Task MigrateDownAsync(string ownerConnectionString, long version, TimeProvider clock, CancellationToken cancel) =>
        UnderLockAsync(ownerConnectionString, clock, (runner, _) => runner.MigrateDown(version), cancel);

    /// <summary>Steps this build has and the database does not, as <c>number description</c>. Empty on a migrated database.</summary>
    public static async Task<IReadOnlyList<string>> ListPending(string ownerConnectionString, CancellationToken cancel = default)
    {
        var applied = await ReadAppliedAsync(Unpooled(ownerConnectionString), cancel);
        using var services = BuildServices(ownerConnectionString);
        using var scope = services.CreateScope();
        var known = scope.ServiceProvider.GetRequiredService<IMigrationInformationLoader>().LoadMigrations();
        return [.. known.Where(step => !applied.Contains(step.Key)).Select(step => $"{step.Key} {step.Value.Description}")];
    }

    private static async Task UnderLockAsync(string connectionString, TimeProvider clock, Action<IMigrationRunner, string> act, CancellationToken cancel)
    {
        var unpooled = Unpooled(connectionString);
        await using var held = await MigrationLock.AcquireAsync(unpooled, clock, cancel);
        using var services = BuildServices(unpooled);
        using var scope = services.CreateScope();
        var runner = scope.ServiceProvider.GetRequiredService<IMigrationRunner>();
        // FluentMigrator has no asynchronous API; nothing else waits for this thread.
        await Task.Run(() => act(runner, unpooled), cancel);
    }

    private static async Task<HashSet<long>> ReadAppliedAsync(string connectionString, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancel);
        await using var exists = new NpgsqlCommand("select to_regclass('control.schema_version') is not null", connection);
        var applied = new HashSet<long>();
        if ((bool)(await exists.ExecuteScalarAsync(cancel))!)
        {
            await using var command = new NpgsqlCommand("select version from control.schema_version", connection);
            await using var reader = await command.ExecuteReaderAsync(cancel);
            while (await reader.ReadAsync(cancel))
            {
                applied.Add(reader.GetInt64(0));
            }
        }

        return applied;
    }

    private static ServiceProvider BuildServices(string connectionString) => new ServiceCollection()
        .AddFluentMigratorCore()
        .ConfigureRunner(runner => runner
            .AddPostgres()
            .WithGlobalConnectionString(connectionString)
            .WithGlobalCommandTimeout(TimeSpan.FromMinutes(10))
            .ScanIn(typeof(MigrationRunner).Assembly).For.All())
        .BuildServiceProvider(validateScopes: false);

    // A pooled session would outlive the migration and keep the database from being used as a template.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "voxeltron-migrate" }.ConnectionString;
}
