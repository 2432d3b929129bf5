using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>Logs in once as each role, so that a password that does not fit is found here and not by a process at night.</summary>
internal static class RoleLogins
{
    public static async Task CheckAsync(FabricState state, CancellationToken cancel)
    {
        foreach (var role in FabricRoles.All)
        {
            await CheckAsync(state, role, cancel);
        }
    }

    private static async Task CheckAsync(FabricState state, FabricRole role, CancellationToken cancel)
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(state.ConnectionString(role)) { Pooling = false }.ConnectionString);
            await connection.OpenAsync(cancel);
        }
        catch (PostgresException fault) when (fault.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            throw new VoxeltronException("role_login_failed", $"Postgres refuses {role.DatabaseName()} with the password in {state.Paths.RolePassword(role)} ({fault.MessageText}). Set them alike with: alter role {role.DatabaseName()} password '…', and let pg_hba.conf accept scram-sha-256 for it.", fault);
        }
        catch (PostgresException fault) when (fault.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            throw new VoxeltronException("database_missing", $"Database {state.Config.Postgres.Database} is not on this server. Run set-up with an administrator's connection ({SetupOptions.PostgresVariable}).", fault);
        }
    }
}
