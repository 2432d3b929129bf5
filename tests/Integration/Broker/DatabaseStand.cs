using System.Net;
using System.Net.Sockets;
using System.Text;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>A place for a database's namespace, made by the real command in a made-up machine or in this one.</summary>
internal sealed class DatabaseStand(string? machine) : IAsyncDisposable
{
    public static DatabaseStand In(NetworkStand network) => new(network.Machine);

    public string Place { get; } = Directory.CreateTempSubdirectory("vxd").FullName;

    public string Netns => Path.Combine(Place, "netns");

    public string Hosts => Path.Combine(Place, "hosts");

    /// <summary>As an operator writes it, in the form of /etc/hosts.</summary>
    public string Names => Path.Combine(Place, "names");

    public async Task<(int Code, string Said)> TryAsync(params string[] arguments)
    {
        // Not `ip netns exec`, whose mounts nobody else sees.
        string[] where = machine is null ? [] : ["nsenter", $"--net=/run/netns/{machine}"];
        string[] command = [.. where, "dotnet", "exec", BuiltFiles.Program("Broker", "Voxeltron.Broker"), "database", "--place", Place, .. arguments];
        var said = await Shell.RunAsync("sh", ["-c", "\"$@\" 2>&1; echo $?", "sh", .. command]);
        var lines = said.TrimEnd().Split('\n');
        return (int.Parse(lines[^1]), string.Join('\n', lines[..^1]));
    }

    public async Task MakeAsync(string server)
    {
        var (code, said) = await TryAsync("--server", server, "--hosts", Names);
        if (code != 0)
        {
            throw new InvalidOperationException($"{code}: {said}");
        }
    }

    /// <summary>What a server says first to somebody inside; null: it was not reached.</summary>
    public string? Hear(string address, int port, int timeoutMs = 400) => Hear(Netns, address, port, timeoutMs);

    public static string? Hear(string netns, string address, int port, int timeoutMs = 400)
    {
        using var socket = NetworkStand.Inside(netns, static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            if (!socket.ConnectAsync(IPAddress.Parse(address), port).Wait(timeoutMs))
            {
                return null;
            }
        }
        catch (AggregateException)
        {
            return null;
        }

        var buffer = new byte[256];
        socket.ReceiveTimeout = 10_000;
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }

    public async ValueTask DisposeAsync()
    {
        await TryAsync("--remove");
        Directory.Delete(Place, recursive: true);
    }
}
