using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>
/// Sets a fabric up, or completes it: directories and configuration, roles and database, schema, keys, genesis, first API key.
/// Each step looks before it acts, so set-up may be stopped anywhere and run again, and two may run at once.
/// </summary>
public static class FabricSetup
{
    public static async Task RunAsync(SetupOptions options, TextWriter output, TimeProvider clock, CancellationToken cancel)
    {
        var report = new SetupReport(output);
        var paths = new StatePaths(options.State);
        if (options.Admin is { } server)
        {
            // Before anything is written: the configuration must not name a server that was mistyped.
            await ServerSetup.ReachAsync(server, cancel);
        }

        CreateDirectories(paths);
        ConfigFile.Write(options, paths);
        var state = FabricState.Open(options.State);
        report.Line("state", $"{paths.Root}, fabric {state.Config.FabricId}");

        if (options.Admin is { } admin)
        {
            await new ServerSetup(options, paths, state.Config.Postgres.Database, report).RunAsync(admin, cancel);
        }

        await RoleLogins.CheckAsync(state, cancel);
        var owner = Unpooled(state.ConnectionString(FabricRole.Owner));
        var pending = await MigrationRunner.ListPending(owner, cancel);
        await MigrationRunner.MigrateAsync(owner, clock, cancel);
        report.Line("schema", pending.Count == 0 ? "up to date" : $"{pending.Count} steps applied");

        await FoundAsync(options, state, owner, report, clock, cancel);
    }

    private static void CreateDirectories(StatePaths paths)
    {
        // Others may pass through the state directory: a private server's own user must reach its data below.
        PrivateFile.CreatePassableDirectory(paths.Root);
        foreach (var directory in new[] { paths.Keys, paths.Secrets, paths.Run, paths.Log, paths.Checkpoints })
        {
            PrivateFile.CreateDirectory(directory);
        }
    }

    private static async Task FoundAsync(SetupOptions options, FabricState state, string owner, SetupReport report, TimeProvider clock, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(owner);
        await connection.OpenAsync(cancel);
        await Ddl.LockAsync(connection, cancel);
        await CloseDatabaseAsync(connection, state.Config.Postgres.Database, cancel);

        var rows = new FabricRows(connection);
        var keys = new KeySetup(state, report);
        var founder = await rows.ReadFounderAsync(cancel);
        if (founder is null)
        {
            keys.CreateMissing();
        }
        else
        {
            RefuseOtherFabric(founder, state);
            keys.CheckAgainstGenesis(founder.RootKid);
        }

        var isNewFile = PrivateFile.TryCreate(state.Paths.ApiKey, ApiKeyText.Create().Reveal());
        if (!ApiKeyText.TryParse(state.ApiKey(), out var apiKey))
        {
            throw new VoxeltronException("state_bad_key", $"{state.Paths.ApiKey} holds no API key of the form vxt_…. Restore it, or delete it and run set-up again to get a new one.");
        }

        await using var transaction = await connection.BeginTransactionAsync(cancel);
        var isNewTenant = await rows.AddTenantAsync(TenantId.Fabric, "Fabric", cancel);
        isNewTenant |= await rows.AddTenantAsync(options.Tenant, options.Tenant.Value, cancel);
        await rows.AddSystemLeaseAsync(TenantId.Fabric, cancel);
        await rows.AddSystemLeaseAsync(options.Tenant, cancel);
        if (founder is null)
        {
            await rows.AddIntentAsync(keys.SignGenesis(clock), cancel);
        }

        var isNewKey = await rows.AddApiKeyAsync(options.Tenant, apiKey, cancel);
        await transaction.CommitAsync(cancel);

        report.Line("tenants", $"fabric, {options.Tenant}{(isNewTenant ? " added" : "")}");
        report.Line("genesis", founder is null ? "signed; the first worker appends it as entry 1" : "there");
        report.Line("root key", $"{Convert.ToBase64String(state.RootPublicKey())} (keep a copy of keys/root.pub off this machine)");
        report.Line("api key", isNewFile || isNewKey ? $"{apiKey.Reveal()} (shown once; kept in {state.Paths.ApiKey})" : $"{apiKey} there");
    }

    // Only the fabric's roles connect. Done by the owner: no administrator is needed for it.
    private static async Task CloseDatabaseAsync(NpgsqlConnection connection, string database, CancellationToken cancel)
    {
        await Ddl.ExecuteAsync(connection, "revoke all on database %I from public", [database], cancel);
        foreach (var role in FabricRoles.All)
        {
            await Ddl.ExecuteAsync(connection, "grant connect on database %I to %I", [database, role.DatabaseName()], cancel);
        }
    }

    private static void RefuseOtherFabric(Founder founder, FabricState state)
    {
        if (founder.FabricId != state.Config.FabricId)
        {
            throw new VoxeltronException("other_fabric", $"Database {state.Config.Postgres.Database} belongs to fabric {founder.FabricId}, {state.Paths.Config} to {state.Config.FabricId}. Use that fabric's state directory, or an empty database (--database NAME).");
        }
    }

    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, ApplicationName = "voxeltron-migrate" }.ConnectionString;
}
