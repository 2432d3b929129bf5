using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>The namespace of a worker whose Postgres is reached over TCP: made, changed and removed by single runs; no process keeps it.</summary>
/// <remarks>
/// Every run ends with the same state, whatever the one before it left: rules first, the cable next, and last the mount by which others find
/// it. A run that is killed half-way is followed by one that finds no mount, and begins anew.
/// </remarks>
internal sealed class DatabaseSpace(DatabasePlan plan) : IDisposable
{
    private const int AnswerMs = 3000;

    private readonly NetnsThread _thread = new("netns database");

    /// <returns>What is to be said of it in one line; null: the server answers from there.</returns>
    /// <exception cref="VoxeltronException"><c>database_unreachable</c>: the machine reaches the server, the namespace does not; <c>database_space_lost</c></exception>
    public string? Establish(DatabaseServer server) => _thread.RunAsync(() => EstablishHere(server), urgent: true).GetAwaiter().GetResult();

    /// <summary>Nothing happens where there is nothing.</summary>
    public void Remove() => _thread.RunAsync(
        () =>
        {
            Clear();
            using var nft = new Nftables();
            nft.Run($"table inet {plan.Table} {{ }}\ndelete table inet {plan.Table}");
            Forwarding.TurnBack(nft);
            return 0;
        },
        urgent: true).GetAwaiter().GetResult();

    public void Dispose() => _thread.Dispose();

    private string? EstablishHere(DatabaseServer server)
    {
        using var nft = new Nftables();
        var netns = Find();
        if (netns is null && Index(plan.Link) != 0)
        {
            // Workers may run at the other end: a new one would leave them in the old.
            throw new VoxeltronException(
                "database_space_lost", $"Link {plan.Link} is there and its namespace is not mounted at {plan.Netns}: stop the workers (scripts/down), remove it (--remove) and make it anew.");
        }

        nft.Run(DatabaseRules.OfMachine(plan, server));
        if (netns is null)
        {
            Clear();
            netns = Make(server);
        }
        else
        {
            _thread.Inside(netns, () =>
            {
                using var inside = new Nftables();
                return inside.Run(DatabaseRules.OfInside(plan, server));
            });
        }

        if (server.Elsewhere.Count > 0)
        {
            // Whoever switches it back looks for our rules, which are there now.
            Forwarding.TurnOn(nft);
        }

        using (netns)
        {
            WriteHosts(server);
            return Try(netns, server);
        }
    }

    /// <summary>Null where none is mounted, or its cable is gone.</summary>
    private SafeFileHandle? Find()
    {
        var handle = new SafeFileHandle(Libc.open(Encoding.UTF8.GetBytes(plan.Netns + '\0'), Libc.CloseOnExec), ownsHandle: true);
        try
        {
            if (!handle.IsInvalid && Index(plan.Link) != 0 && _thread.Inside(handle, static () => Index("eth0")) != 0)
            {
                return handle;
            }
        }
        catch (KernelException)
        {
            // A file of that name that is no namespace: a machine that started anew has it.
        }

        handle.Dispose();
        return null;
    }

    private SafeFileHandle Make(DatabaseServer server)
    {
        var netns = _thread.Make(NetnsSettings.Quiet);
        try
        {
            using var routes = new Routes();
            routes.AddPair(plan.Link, netns, PathMtu.Least());
            NetnsSettings.NoV6(plan.Link);
            NetnsSettings.RouteLoopback(plan.Link);
            routes.AddAddress(Index(plan.Link), plan.Gateway);
            _thread.Inside(netns, () => Furnish(server));
            Directory.CreateDirectory(Path.GetDirectoryName(plan.Netns)!);
            File.WriteAllText(plan.Netns, "");
            // A descriptor's own entry leads to the namespace; what is mounted keeps it.
            const int bind = 4096;
            if (Libc.mount($"/proc/thread-self/fd/{(int)netns.DangerousGetHandle()}", plan.Netns, null, bind, 0) != 0)
            {
                throw KernelException.Last($"mount {plan.Netns}");
            }

            return netns;
        }
        catch
        {
            netns.Dispose();
            Clear();
            throw;
        }
    }

    private int Furnish(DatabaseServer server)
    {
        using var nft = new Nftables();
        nft.Run(DatabaseRules.OfInside(plan, server));
        using var routes = new Routes();
        // The client's end of what is translated: without it 127.0.0.1 is no address.
        routes.SetUp(1);
        var link = Index("eth0");
        routes.AddAddress(link, plan.Inside);
        routes.SetUp(link);
        NetnsSettings.RouteLoopback("eth0");
        routes.AddDefault(link, plan.Gateway);
        return 0;
    }

    private void Clear()
    {
        const int detach = 2;
        // Not mounted is as good.
        _ = Libc.umount2(plan.Netns, detach);
        File.Delete(plan.Netns);
        File.Delete(plan.Hosts);
        using var routes = new Routes();
        routes.Delete(plan.Link);
    }

    /// <summary>Into the same file: workers that run have that one mounted in the place of their /etc/hosts.</summary>
    private void WriteHosts(DatabaseServer server)
    {
        var text = new StringBuilder("127.0.0.1 localhost\n");
        if (!IPAddress.TryParse(server.Host, out _) && server.Host != "localhost")
        {
            foreach (var address in server.All)
            {
                text.Append(address).Append(' ').Append(server.Host).Append('\n');
            }
        }

        using var file = new FileStream(plan.Hosts, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        // Longer ones first, then the rest away: a reader in between finds whole lines.
        file.Write(Encoding.ASCII.GetBytes(text.ToString()));
        file.SetLength(file.Position);
        File.SetUnixFileMode(plan.Hosts, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private string? Try(SafeFileHandle netns, DatabaseServer server)
    {
        // A socket is of the namespace it was made in, wherever it connects from.
        if (server.All.Any(address => Answers(_thread.Inside(netns, static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)), address, server.Port)))
        {
            return null;
        }

        return server.All.Any(address => Answers(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp), address, server.Port))
            ? throw new VoxeltronException(
                "database_unreachable", $"{server.Host} port {server.Port} answers this machine, but not the namespace for workers: a firewall of this machine must let link {plan.Link} pass to it.")
            : $"{server.Host} port {server.Port} does not answer now; the namespace is ready for when it does";
    }

    private static bool Answers(Socket socket, IPAddress address, int port)
    {
        using (socket)
        {
            try
            {
                return socket.ConnectAsync(address, port).Wait(AnswerMs);
            }
            catch (AggregateException)
            {
                return false;
            }
        }
    }

    private static uint Index(string link) => Libc.if_nametoindex(Encoding.ASCII.GetBytes(link + '\0'));
}
