using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

/// <summary>
/// A cluster made by the scripts themselves, run from a copy of them. As a fixture: in a directory whose path has more than 120
/// characters, since a Unix socket's path may have 107. Roles belong to a whole server, so tests that create them need one of
/// their own.
/// </summary>
public sealed partial class PrivateCluster : IAsyncLifetime
{
    private const int PathLength = 120;

    private readonly string _top = $"/tmp/vxt-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}";
    private readonly string _below;
    private readonly UnixFileMode? _topMode;
    private readonly string? _user;

    public PrivateCluster()
        : this(new string('p', PathLength), topMode: null, user: null)
    {
    }

    private PrivateCluster(string below, UnixFileMode? topMode, string? user) => (_below, _topMode, _user) = (below, topMode, user);

    /// <summary>What stands for a checkout: <c>scripts/</c> and nothing else.</summary>
    public string Checkout => Path.Combine(_top, _below);

    public string State => Path.Combine(Checkout, ".voxeltron");

    public string SocketDirectory { get; private set; } = "";

    public string DataDirectory { get; private set; } = "";

    /// <summary>Set for every script that is run from now on.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>In a directory that nobody but root can enter, as root's home is; for tests that run as root.</summary>
    public static PrivateCluster InAClosedHome() => new("home", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, user: null);

    /// <summary>Of whoever runs the tests, in a place that is nothing special.</summary>
    public static PrivateCluster InAnOpenPlace() => new("home", topMode: null, user: null);

    /// <summary>Of a user without any right: nobody where the tests run as root, else whoever runs them.</summary>
    public static PrivateCluster OfAnOrdinaryUser() => new("home", topMode: null, Environment.IsPrivilegedProcess ? "nobody" : null);

    public async Task InitializeAsync()
    {
        await PrepareAsync();
        var up = await RunAsync("up", "--postgres-only");
        Assert.True(up.ExitCode == 0, up.Output);
        SocketDirectory = await SocketInStatusAsync();
        DataDirectory = await ScalarAsync<string>("select current_setting('data_directory')");
    }

    /// <summary>The copy of the scripts, before any of them ran.</summary>
    public async Task PrepareAsync()
    {
        Copy(Path.Combine(Repository(), "scripts"), Path.Combine(Checkout, "scripts"));
        if (_topMode is { } mode)
        {
            File.SetUnixFileMode(_top, mode);
        }

        if (_user is not null)
        {
            await Shell.RunAsync("chown", "-R", _user, _top);
        }
    }

    public async Task DisposeAsync()
    {
        if (DataDirectory.Length > 0 && _user is null && Directory.Exists(State))
        {
            await ResetAsync();
        }
        else if (Directory.Exists(State))
        {
            var reset = await RunAsync("reset", "--yes");
            Assert.True(reset.ExitCode == 0, reset.Output);
        }

        Directory.Delete(_top, recursive: true);
    }

    /// <summary>The socket directory that <c>scripts/status</c> names.</summary>
    public async Task<string> SocketInStatusAsync()
    {
        var status = await RunAsync("status");
        var socket = SocketInStatus().Match(status.Output).Groups[1].Value;
        Assert.True(socket.Length > 0, status.Output);
        return socket;
    }

    /// <summary>Makes a whole fabric's keys and secrets, then <c>scripts/reset --yes</c>; nothing of it may be left.</summary>
    public async Task ResetAsync()
    {
        await using var report = new StringWriter();
        await FabricSetup.RunAsync(NewFabric("whole") with { State = State, Database = null }, report, TimeProvider.System, CancellationToken.None);
        Assert.True(File.Exists(Path.Combine(State, "keys", "root.key")) && Directory.Exists(DataDirectory) && Directory.Exists(SocketDirectory));

        var reset = await RunAsync("reset", "--yes");
        Assert.True(reset.ExitCode == 0, reset.Output);
        Assert.False(Directory.Exists(DataDirectory), DataDirectory);
        Assert.False(Directory.Exists(SocketDirectory), SocketDirectory);
        // Keys, passwords and the API key lie in it.
        Assert.False(Directory.Exists(State), string.Join('\n', Directory.Exists(State) ? Directory.GetFileSystemEntries(State) : []));
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
    public Task<(int ExitCode, string Output)> RunAsync(string script, params string[] arguments) =>
        RunProgramAsync([Path.Combine(Checkout, "scripts", script), .. arguments]);

    /// <summary>Runs lines of bash with the scripts' library loaded; its programs are those built with these tests.</summary>
    public Task<(int ExitCode, string Output)> RunInLibraryAsync(string lines)
    {
        const string prelude = """
            source "$0/scripts/lib/all.sh"
            programs=$1 configuration=$2
            release_dll() { printf '%s/%s/bin/%s/net%s.0/%s.dll\n' "$programs" "$1" "$configuration" "$DOTNET_MAJOR" "$2"; }

            """;
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return RunProgramAsync(["bash", "-c", prelude + lines, Checkout, Repository(), configuration]);
    }

    private async Task<(int ExitCode, string Output)> RunProgramAsync(string[] command)
    {
        string[] whole = _user is null
            ? command
            : ["setpriv", $"--reuid={_user}", $"--regid={(await Shell.RunAsync("id", "-g", _user)).Trim()}", "--clear-groups", .. command];
        var start = new ProcessStartInfo(whole[0], whole[1..])
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

        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{whole[0]} did not start.");
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
