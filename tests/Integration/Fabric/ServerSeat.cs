using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Where a fabric's database lies: an administrator's connection, and the role passwords if the server has roles already.</summary>
/// <param name="Admin">Connection string of a superuser to database postgres.</param>
/// <param name="Passwords">By role; null where set-up shall make the roles itself.</param>
internal sealed record ServerSeat(string Admin, IReadOnlyDictionary<FabricRole, string>? Passwords)
{
    /// <summary>
    /// The shared server of the run. Roles belong to a whole server: set-up finds them there, and their passwords in its state
    /// directory, as it would on an operator's own server.
    /// </summary>
    public static async Task<ServerSeat> SharedAsync()
    {
        var server = await PostgresServer.SharedAsync();
        return new ServerSeat(
            server.ConnectionString("postgres", "postgres"),
            FabricRoles.All.ToDictionary(
                static role => role,
                role => new NpgsqlConnectionStringBuilder(server.ConnectionString(role.DatabaseName(), "postgres")).Password!));
    }

    public string AdminOf(string database) =>
        new NpgsqlConnectionStringBuilder(Admin) { Database = database, Pooling = false }.ConnectionString;

    public async Task AdministerAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(AdminOf(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
