using Npgsql;
using Voxeltron.Migrations;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Postgres;

/// <summary>Goal: the schema can be built, taken back and built again, by one or by several migrators. Method: empty databases of a real server.</summary>
public sealed class MigrationTests
{
    [Fact]
    public async Task Steps_run_up_down_and_up_again_on_an_empty_database()
    {
        await using var database = await EmptyAsync();
        Assert.NotEmpty(await MigrationRunner.ListPending(database.OwnerConnectionString));
        await MigrateAsync(database);
        Assert.Empty(await MigrationRunner.ListPending(database.OwnerConnectionString));
        await MigrationRunner.MigrateDownAsync(database.OwnerConnectionString, 0, TimeProvider.System, CancellationToken.None);
        Assert.Equal(0L, await TablesAsync(database, "'journal', 'audit', 'sre'"));
        // Only FluentMigrator's own table is left.
        Assert.Equal(1L, await TablesAsync(database, "'control'"));
        await MigrateAsync(database);
        Assert.Empty(await MigrationRunner.ListPending(database.OwnerConnectionString));
    }

    [Fact]
    public async Task A_step_back_that_would_lose_evidence_is_refused_and_says_why()
    {
        await using var database = await EmptyAsync();
        await MigrateAsync(database);
        await database.AdministerAsync("insert into journal.checkpoint values (1, decode(repeat('00', 32), 'hex'), 'note')");
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => MigrationRunner.MigrateDownAsync(database.OwnerConnectionString, 0, TimeProvider.System, CancellationToken.None));
        Assert.Contains("would destroy evidence", refused.ToString(), StringComparison.Ordinal);
        Assert.Equal(1L, await database.ScalarAsync<long>("postgres", "select count(*) from journal.checkpoint"));
    }

    [Fact]
    public async Task Two_migrators_at_once_both_succeed()
    {
        await using var database = await EmptyAsync();
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => MigrateAsync(database))));
        Assert.Empty(await MigrationRunner.ListPending(database.OwnerConnectionString));
        Assert.Equal(2L, await database.ScalarAsync<long>("postgres", "select count(*) from information_schema.schemata where schema_name in ('hangfire', 'hangfire_sre')"));
    }

    [Fact]
    public async Task A_second_run_changes_nothing()
    {
        await using var database = await EmptyAsync();
        await MigrateAsync(database);
        var before = await SchemaFile.DumpAsync(database);
        await MigrateAsync(database);
        Assert.Equal(before, await SchemaFile.DumpAsync(database));
    }

    [SchemaFileFact]
    public async Task Schema_file_is_what_the_steps_make()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var dumped = await SchemaFile.DumpAsync(database);
        if (Environment.GetEnvironmentVariable("VOXELTRON_WRITE_SCHEMA") == "1")
        {
            await File.WriteAllTextAsync(SchemaFile.Path, dumped);
        }

        Assert.Equal(await File.ReadAllTextAsync(SchemaFile.Path), dumped);
    }

    [Fact]
    public async Task Every_table_and_audit_view_explains_itself()
    {
        await using var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var silent = await database.RowsAsync("postgres", """
            select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname in ('control', 'journal', 'sre', 'audit') and c.relkind in ('r', 'v') and c.relname <> 'schema_version'
               and obj_description(c.oid, 'pg_class') is null
            union all
            select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where n.nspname in ('control', 'journal', 'audit') and obj_description(p.oid, 'pg_proc') is null
            """);
        Assert.Empty(silent);
    }

    [Fact]
    public async Task Owner_connection_without_right_to_create_is_refused_with_the_reason()
    {
        await using var database = await EmptyAsync();
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => MigrationRunner.MigrateAsync(database.ConnectionString(RoleDefaults.Api), TimeProvider.System, CancellationToken.None));
        Assert.Contains(PostgresErrorCodes.InsufficientPrivilege, fault.ToString(), StringComparison.Ordinal);
    }

    private static async Task<TestDatabase> EmptyAsync() => await (await PostgresServer.SharedAsync()).CreateEmptyDatabaseAsync();

    private static Task MigrateAsync(TestDatabase database) => MigrationRunner.MigrateAsync(database.OwnerConnectionString, TimeProvider.System, CancellationToken.None);

    private static Task<long> TablesAsync(TestDatabase database, string schemas) =>
        database.ScalarAsync<long>("postgres", $"select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ({schemas}) and c.relkind in ('r', 'v')");
}
