using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

/// <summary>
/// A cluster made by the scripts themselves, run from a copy of them in a directory whose path has more than 120 characters: a
/// Unix socket's path may have 107. Roles belong to a whole server, so tests that create them need one of their own.
/// </summary>
public sealed partial class PrivateCluster : IAsyncLifetime
{
    private const int PathLength = 120;

    private readonly string _top = $"/tmp/vxt-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}";

    /// <summary>What stands for a checkout: <c>scripts/</c> and nothing else.</summary>
    public string Checkout => Path.Combine(_top, new string('p', PathLength));

    public string State => Path.Combine(Checkout, ".voxeltron");

    public string SocketDirectory { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Copy(Path.Combine(Repository(), "scripts"), Path.Combine(Checkout, "scripts"));
        var up = await RunAsync("up", "--postgres-only");
        Assert.True(up.ExitCode == 0, up.Output);
        var status = await RunAsync("status");
        SocketDirectory = SocketInStatus().Match(status.Output).Groups[1].Value;
        Assert.True(SocketDirectory.Length > 0, status.Output);
    }

    public async Task DisposeAsync()
    {
        var reset = await RunAsync("reset", "--yes");
        Assert.True(reset.ExitCode == 0, reset.Output);
        Directory.Delete(_top, recursive: true);
    }

    public string AdminConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = SocketDirectory,
        Username = "voxeltron_admin",
        Password = File.ReadAllText(Path.Combine(State, "secrets", "pg_admin")).Trim(),
        Database = database,
        Pooling = false,
        CommandTimeout = 60,
    }.ConnectionString;

    /// <summary>A new state directory with a database of that name, to be set up.</summary>
    public SetupOptions NewFabric(string name, bool isPrivateServer = true) => new(
        Path.Combine(_top, "fabric-" + name),
        AdminConnection.Parse(AdminConnectionString()),
        isPrivateServer,
        "vxt_" + name,
        new TenantId("demo"),
        ApiUrl: null);

    public async Task<T> ScalarAsync<T>(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException("No row: " + sql));
    }

    public async Task ExecuteAsync(string sql, string database = "postgres")
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Runs a script of the copy, with nothing to read on its standard input and from a directory that is not the checkout.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Checkout, "scripts", script), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var name in new[] { "VOXELTRON_STATE", "VOXELTRON_POSTGRES" })
        {
            start.Environment.Remove(name);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"scripts/{script} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string Repository()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Voxeltron.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("The tests do not run from a checkout.");
    }

    private static void Copy(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        foreach (var directory in Directory.GetDirectories(source))
        {
            Copy(directory, Path.Combine(target, Path.GetFileName(directory)));
        }
    }

    [GeneratedRegex("socket in (\\S+),")]
    private static partial Regex SocketInStatus();
}
