using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>What needs an administrator: the five roles and the database. Every step looks first, so it may be repeated from anywhere.</summary>
internal sealed class ServerSetup(SetupOptions options, StatePaths paths, string database, SetupReport report)
{
    /// <summary>The oldest server whose defaults this schema relies on: no CREATE for everyone in schema public.</summary>
    private const int LeastVersion = 150000;

    /// <summary>Logs in once and changes nothing.</summary>
    public static async Task ReachAsync(NpgsqlConnectionStringBuilder admin, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(admin.ConnectionString);
        await connection.OpenAsync(cancel);
        await RefuseOldServerAsync(connection, cancel);
    }

    public async Task RunAsync(NpgsqlConnectionStringBuilder admin, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(admin.ConnectionString);
        await connection.OpenAsync(cancel);
        await Ddl.LockAsync(connection, cancel);
        await CreateRolesAsync(connection, cancel);
        await CreateDatabaseAsync(connection, cancel);
    }

    private static async Task RefuseOldServerAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var version = await Ddl.ScalarAsync<int>(connection, "select current_setting(@name)::int", "name", "server_version_num", cancel);
        if (version < LeastVersion)
        {
            throw new VoxeltronException("postgres_too_old", $"The server is Postgres {version / 10000}; Voxeltron needs {LeastVersion / 10000} or newer. Upgrade it, or name another server.");
        }
    }

    private async Task CreateRolesAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var created = new List<string>();
        foreach (var role in FabricRoles.All)
        {
            if (await CreateRoleAsync(connection, role, cancel))
            {
                created.Add(role.DatabaseName());
            }
        }

        foreach (var statement in RoleDefaults.Statements)
        {
            await using var command = new NpgsqlCommand(statement, connection);
            await command.ExecuteNonQueryAsync(cancel);
        }

        report.Line("roles", created.Count == 0 ? "all five there" : "created " + string.Join(", ", created));
    }

    /// <returns>Whether the role was made now.</returns>
    private async Task<bool> CreateRoleAsync(NpgsqlConnection connection, FabricRole role, CancellationToken cancel)
    {
        var name = role.DatabaseName();
        var file = paths.RolePassword(role);
        var exists = await Ddl.ScalarAsync<bool>(connection, "select exists (select from pg_roles where rolname = @name)", "name", name, cancel);
        if (exists && !File.Exists(file) && !options.IsPrivateServer)
        {
            throw new VoxeltronException("role_without_secret", $"Role {name} exists on this server, but {file} with its password does not. If this is the fabric's own state directory, restore the file from backup, or write a new password there (mode 0600) and run: alter role {name} password '…'. If another fabric uses this server, give this one a server of its own.");
        }

        // The file first: a role whose password nobody kept would be the worse half.
        PrivateFile.TryCreate(file, Secrets.NewPassword());
        var password = PrivateFile.Read(file);
        if (!exists)
        {
            await Ddl.ExecuteAsync(connection, "create role %I login nosuperuser nocreatedb nocreaterole noreplication password %L", [name, ScramVerifier.Create(password)], cancel);
        }
        else if (options.IsPrivateServer)
        {
            // Nobody else uses this server: the file decides.
            await Ddl.ExecuteAsync(connection, "alter role %I login password %L", [name, ScramVerifier.Create(password)], cancel);
        }

        return !exists;
    }

    private async Task CreateDatabaseAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var owner = FabricRole.Owner.DatabaseName();
        var found = await Ddl.ScalarAsync<string>(connection, "select pg_get_userbyid(datdba)::text from pg_database where datname = @name", "name", database, cancel);
        if (found is not null && found != owner)
        {
            throw new VoxeltronException("database_not_ours", $"Database {database} exists and belongs to {found}, not to {owner}. Choose another name with --database, or: alter database {database} owner to {owner}.");
        }

        if (found is null)
        {
            await BecomeMemberAsync(connection, owner, cancel);
            // Locale C: text orders by bytes everywhere, as signed statements do, and never changes with a C library's upgrade.
            await Ddl.ExecuteAsync(connection, "create database %I owner %I template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'", [database, owner], cancel);
        }

        report.Line("database", found is null ? $"{database} created" : $"{database} there");
    }

    // Who is no superuser may only give a database to a role it is a member of.
    private static async Task BecomeMemberAsync(NpgsqlConnection connection, string owner, CancellationToken cancel)
    {
        if (!await Ddl.ScalarAsync<bool>(connection, "select pg_has_role(current_user, @role, 'member')", "role", owner, cancel))
        {
            await Ddl.ExecuteAsync(connection, "grant %I to current_user", [owner], cancel);
        }
    }
}
