using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>A Postgres of this test's own, to be stopped and started. A shell around it stops it when this process is gone.</summary>
internal sealed class OwnCluster : IAsyncDisposable
{
    private const string Guard = """
        cat >/dev/null
        "$0/pg_ctl" -D "$1/data" stop -m immediate -s
        rm -rf "$1"
        """;

    private readonly string _directory;
    private readonly string[] _user;
    private readonly Process _guard;

    private readonly string[] _where;
    private readonly string _listen;

    private OwnCluster(string directory, string[] user, Process guard, ServerSeat seat, string[] where, string listen) =>
        (_directory, _user, _guard, Seat, _where, _listen) = (directory, user, guard, seat, where, listen);

    public ServerSeat Seat { get; }

    /// <param name="listen">Address it serves besides its Unix socket, on the usual port; none: the socket alone.</param>
    /// <param name="netns">Network namespace it runs in; null: ours. Its socket is reached from either.</param>
    public static async Task<OwnCluster> StartAsync(string listen = "", string? netns = null)
    {
        var directory = $"/tmp/vxt-{RandomNumberGenerator.GetHexString(10, lowercase: true)}";
        var user = await UnprivilegedAsync();
        await RunAsync(user, "mkdir", "-m", "0711", directory);
        var password = RandomNumberGenerator.GetHexString(32);
        await RunAsync(user, "sh", "-c", "printf %s \"$1\" >\"$0/password\"", directory, password);
        await RunAsync(user, Binary("initdb"), "-D", directory + "/data", "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={directory}/password", "-k", "-E", "UTF8", "--locale=C", "--no-sync");
        if (listen.Length > 0)
        {
            await RunAsync(user, "sh", "-c", "echo 'host all all all scram-sha-256' >>\"$0\"", directory + "/data/pg_hba.conf");
        }

        string[] guard = [.. user, "sh", "-c", Guard, PostgresServer.BinaryDirectory, directory];
        var process = Process.Start(new ProcessStartInfo(guard[0], guard[1..]) { RedirectStandardInput = true, WorkingDirectory = "/" })!;
        var admin = new NpgsqlConnectionStringBuilder { Host = directory, Username = "postgres", Password = password, Database = "postgres", CommandTimeout = 30 };
        var cluster = new OwnCluster(directory, user, process, new ServerSeat(admin.ConnectionString, Passwords: null), netns is null ? [] : ["nsenter", $"--net=/run/netns/{netns}"], listen);
        await cluster.StartServerAsync();
        return cluster;
    }

    /// <summary>Returns when it accepts connections.</summary>
    public Task StartServerAsync() => RunAsync(
        [.. _where, .. _user], Binary("pg_ctl"), "-D", _directory + "/data", "-l", _directory + "/server.log", "-s", "-w", "-t", "60",
        "-o", $"-k {_directory} -c listen_addresses={_listen} -c shared_buffers=64MB", "start");

    /// <summary>As a power cut for the server: no checkpoint, no goodbye to its sessions.</summary>
    public Task StopServerAsync() => RunAsync(_user, Binary("pg_ctl"), "-D", _directory + "/data", "stop", "-m", "immediate", "-s", "-w");

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }

    private static string Binary(string name) => Path.Combine(PostgresServer.BinaryDirectory, name);

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

    /// <summary>With its output in a file: a server started by pg_ctl would hold a pipe of ours open for ever.</summary>
    private static async Task RunAsync(string[] user, params string[] command)
    {
        var log = Path.GetTempFileName();
        try
        {
            string[] whole = ["-c", "log=$0; \"$@\" >>\"$log\" 2>&1 </dev/null || { cat \"$log\"; exit 1; }", log, .. user, .. command];
            await Shell.RunAsync("sh", whole);
        }
        finally
        {
            File.Delete(log);
        }
    }
}
