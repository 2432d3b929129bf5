using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Voxeltron.Migrations;

namespace Voxeltron.Tests.Support;

/// <summary>
/// A real Postgres for one test run: a private cluster on a Unix socket, checksums and fsync on, scram for everybody, one
/// migrated template database. It lives as long as this process does, however that ends: the shell around the server waits on
/// a pipe of ours and stops the server, and removes its files, when the pipe closes.
/// </summary>
public sealed class PostgresServer
{
    private const string TemplateName = "voxeltron_template";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);
    private static readonly SemaphoreSlim s_cloning = new(1, 1);
    private static readonly Lazy<Task<PostgresServer>> s_shared = new(StartAsync);

    private readonly string _directory;
    private readonly Dictionary<string, string> _passwords;

    // Held for its standard input: closing it ends the server.
    private readonly Process _wrapper;
    private int _databases;

    private PostgresServer(string directory, Dictionary<string, string> passwords, Process wrapper) =>
        (_directory, _passwords, _wrapper) = (directory, passwords, wrapper);

    /// <summary>The one server of this run; started by whoever asks first.</summary>
    public static Task<PostgresServer> SharedAsync() => s_shared.Value;

    /// <summary>Where the server's binaries lie, for tests that need pg_dump of the same version.</summary>
    public static string BinaryDirectory { get; } = ServerBinaries.Find();

    /// <summary>Connection string of a role; <c>postgres</c> is the administrator.</summary>
    public string ConnectionString(string role, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = _directory,
        Username = role,
        Password = _passwords[role],
        Database = database,
        // A test that waits for ever tells nothing.
        CommandTimeout = 30,
    }.ConnectionString;

    /// <summary>A fresh copy of the migrated template.</summary>
    public Task<TestDatabase> CreateDatabaseAsync() => CreateDatabaseAsync(TemplateName);

    /// <summary>A database with the owner in place and no schema yet.</summary>
    public Task<TestDatabase> CreateEmptyDatabaseAsync() => CreateDatabaseAsync("template0");

    internal string PasswordOf(string role) => _passwords[role];

    internal async Task AdministerAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString("postgres", database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<TestDatabase> CreateDatabaseAsync(string template)
    {
        var name = $"t{Interlocked.Increment(ref _databases)}";
        // Two copies of one template at once are refused by Postgres.
        await s_cloning.WaitAsync();
        try
        {
            await AdministerAsync($"create database {name} template {template} owner {RoleDefaults.Owner}");
        }
        finally
        {
            s_cloning.Release();
        }

        return new TestDatabase(this, name);
    }

    private static async Task<PostgresServer> StartAsync()
    {
        // Short, whatever TMPDIR says: a socket's path may have 107 bytes.
        var directory = $"/tmp/vxt-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}";
        var passwords = RoleDefaults.Roles.Append("postgres").ToDictionary(static role => role, static _ => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        var prefix = await UnprivilegedAsync();
        // Passable: workers behind walls are users of their own, and every role has a password.
        await Shell.RunAsync("install", [.. OwnerOf(prefix), "-d", "-m", "0711", directory]);
        var passwordFile = Path.Combine(directory, "password");
        await File.WriteAllTextAsync(passwordFile, passwords["postgres"]);
        if (prefix.Length > 0)
        {
            await Shell.RunAsync("chown", UserOf(prefix), passwordFile);
        }

        var data = Path.Combine(directory, "data");
        await RunAsync(prefix, Path.Combine(BinaryDirectory, "initdb"), "-D", data, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={passwordFile}", "-k", "-E", "UTF8", "--locale=C", "--no-sync");
        File.Delete(passwordFile);
        var server = new PostgresServer(directory, passwords, StartServer(prefix, directory, data));
        await server.WaitUntilReadyAsync();
        await server.CreateRolesAsync();
        await server.AdministerAsync($"create database {TemplateName} owner {RoleDefaults.Owner}");
        await MigrationRunner.MigrateAsync(server.ConnectionString(RoleDefaults.Owner, TemplateName), TimeProvider.System, CancellationToken.None);
        return server;
    }

    private static Process StartServer(string[] prefix, string directory, string data)
    {
        // $0 is the server, $1 its directory. `cat` ends when this process is gone.
        const string script = """
            server=$0; directory=$1; shift
            "$server" "$@" >"$directory/server.log" 2>&1 &
            pid=$!
            cat >/dev/null
            kill -INT $pid
            wait $pid
            rm -rf "$directory"
            """;
        string[] command =
        [
            .. prefix, "sh", "-c", script, Path.Combine(BinaryDirectory, "postgres"), directory,
            "-D", data, "-k", directory, "-c", "listen_addresses=", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
            "-c", "fsync=on", "-c", "synchronous_commit=on", "-c", "autovacuum_naptime=5s", "-c", "logging_collector=off",
        ];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, WorkingDirectory = "/" };
        return Process.Start(start) ?? throw new InvalidOperationException("The shell around Postgres did not start.");
    }

    private async Task WaitUntilReadyAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await AdministerAsync("select 1");
                return;
            }
            catch (NpgsqlException fault) when (!_wrapper.HasExited && Stopwatch.GetElapsedTime(started) < s_startLimit)
            {
                // Not there yet: no socket, or still starting up.
                _ = fault;
                await poll.WaitForNextTickAsync();
            }
            catch (NpgsqlException fault)
            {
                throw new InvalidOperationException($"Postgres in {_directory} did not start:\n{await Shell.RunAsync("tail", "-n", "20", Path.Combine(_directory, "server.log"))}", fault);
            }
        }
    }

    private async Task CreateRolesAsync()
    {
        foreach (var role in RoleDefaults.Roles)
        {
            await AdministerAsync($"create role {role} login password '{_passwords[role]}'");
        }

        foreach (var statement in RoleDefaults.Statements)
        {
            await AdministerAsync(statement);
        }
    }

    /// <summary>Postgres refuses to run as root; then its own user does, or nobody.</summary>
    private static async Task<string[]> UnprivilegedAsync()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return [];
        }

        var users = await File.ReadAllLinesAsync("/etc/passwd");
        var user = users.Any(static line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";
        return ["setpriv", $"--reuid={user}", $"--regid={(await Shell.RunAsync("id", "-g", user)).Trim()}", "--clear-groups"];
    }

    private static string UserOf(string[] prefix) => prefix[1]["--reuid=".Length..];

    private static string[] OwnerOf(string[] prefix) => prefix.Length == 0 ? [] : ["-o", UserOf(prefix)];

    private static Task<string> RunAsync(string[] prefix, params string[] command)
    {
        string[] whole = [.. prefix, .. command];
        return Shell.RunAsync(whole[0], whole[1..]);
    }
}
