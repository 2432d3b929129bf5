using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>A state directory with files where a fabric has its secrets, a TCP port and an abstract socket to connect to.</summary>
internal sealed class WallsStand : IDisposable
{
    private static readonly string[] s_secrets =
    [
        "keys/root.key", "keys/ca.key", "keys/log.key", "keys/api.key", "keys/operator.key", "keys/sre.key",
        "secrets/pg_owner", "secrets/pg_worker", "secrets/pg_api", "secrets/pg_sre", "secrets/pg_auditor", "secrets/pg_admin", "api-key", "log/postgres.log",
    ];

    private readonly TcpListener _port = new(IPAddress.Loopback, 0);
    private readonly Socket _abstract = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _name = "voxeltron-walls-" + Guid.NewGuid().ToString("N");

    // Where a message bus listens, open to anybody. Only root may make one there.
    private readonly Socket _open = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _openPath;

    public WallsStand()
    {
        _openPath = (Environment.IsPrivilegedProcess ? "/run/" : "/tmp/") + _name + ".socket";
        _open.Bind(new UnixDomainSocketEndPoint(_openPath));
        _open.Listen(4);
        File.SetUnixFileMode(_openPath, (UnixFileMode)0x1ff);
        Top = Directory.CreateTempSubdirectory("vxt-walls-").FullName;
        File.SetUnixFileMode(Top, Launched.Passable);
        State = Path.Combine(Top, "state");
        const UnixFileMode mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var directory in new[] { "", "keys", "secrets", "log", "run" })
        {
            Directory.CreateDirectory(Path.Combine(State, directory), directory == "" ? Launched.Passable : mine | UnixFileMode.UserExecute);
        }

        foreach (var secret in s_secrets)
        {
            File.WriteAllText(Path.Combine(State, secret), "secret\n");
            File.SetUnixFileMode(Path.Combine(State, secret), mine);
        }

        File.WriteAllText(Path.Combine(State, "config.json"), "{}");
        _port.Start();
        _abstract.Bind(new UnixDomainSocketEndPoint("\0" + _name));
        _abstract.Listen(4);
    }

    public string Top { get; }

    public string State { get; }

    /// <summary>Where somebody listens.</summary>
    public int Port => ((IPEndPoint)_port.LocalEndpoint).Port;

    public async Task<(int ExitCode, string Said)> RunAsync(string[] command, bool errors = false)
    {
        using var process = Start(command);
        var (output, said) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, errors ? await said : await output);
    }

    public async Task<(int ExitCode, Dictionary<string, string> Outcomes, string Said)> ProbeAsync(string[] prefix, bool triesPath = false, int acceptsAtPort = 0)
    {
        string[] command =
        [
            .. prefix, "dotnet", "exec", BuiltFiles.Program("CellWorker", "Voxeltron.CellWorker"), "walls", _name,
            ((IPEndPoint)_port.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture), .. triesPath ? [_openPath] : acceptsAtPort > 0 ? ["", $"{acceptsAtPort}"] : (string[])[],
        ];
        using var process = Start(command);
        var output = process.StandardOutput.ReadToEndAsync();
        var said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var text = await output;
        return (process.ExitCode, text.Length == 0 ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(text)!, said);
    }

    public Task GiveToOrdinaryUserAsync() => Environment.IsPrivilegedProcess ? Shell.RunAsync("chown", "-R", "nobody", State) : Task.CompletedTask;

    public string OwnerOf(string name) => Shell.RunAsync("stat", "-c", "%U", Path.Combine(State, name)).Result.Trim();

    public string ModeOf(string name) => Shell.RunAsync("stat", "-c", "%a", Path.Combine(State, name)).Result.Trim();

    private Process Start(string[] command)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["VOXELTRON_STATE"] = State;
        start.Environment.Remove("VOXELTRON_INSTANCE");
        return Process.Start(start)!;
    }

    public void Dispose()
    {
        _port.Dispose();
        _abstract.Dispose();
        _open.Dispose();
        File.Delete(_openPath);
        Directory.Delete(Top, recursive: true);
    }
}
