using System.Net.Sockets;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>The composition root: everything of a broker, from its start to its end.</summary>
internal static class BrokerHost
{
    /// <summary>How often profiles are looked at that nobody asks for.</summary>
    private static readonly TimeSpan s_lookPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Where names of the fabric's own lead is asked as rarely as resolvers forget.</summary>
    private const int LooksPerName = 30;

    public static async Task RunAsync(BrokerOptions options, CancellationToken stop)
    {
        // Resolvers hold threads; connections must not wait for the pool to grow one by one.
        ThreadPool.SetMinThreads(48, 8);
        using var alone = OnlyOne();
        var keys = OperatorKeys.Read(options.Keys);
        var plan = new AddressPlan(options.Range, options.Spaces);
        var serials = new SerialFile(options.State);
        using var rules = HostRules.Install(options.Range, out var leftovers);
        if (leftovers > 0)
        {
            BrokerLog.Write("leftovers_removed", $"{leftovers} links of an earlier broker");
        }

        // Not from 1: a generation of a broker before this one must mean nothing.
        await using var keeper = new SpaceKeeper(options, plan, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() * 1000);
        var profiles = new ProfileRegistry(keys, serials, options.Withdrawn, keeper);
        using var names = new Names(options.Hosts);
        using var own = new OwnAddresses(options.Range, options.Own, options.OwnNames, names);
        await own.LookAsync(stop);
        using var entering = new NetnsThread("netns connect");
        using var poller = new ConnectPoller();
        var connector = new Connector(names, own, entering, poller);
        using var server = new BrokerServer(options, (socket, peer) => new PeerSession(socket, profiles, keeper, connector, peer));
        BrokerLog.Write("ready", $"{options.Socket}: {keys.Count} operator keys, {options.Spaces} namespaces at most, addresses {options.Range}");
        using var look = new PeriodicTimer(s_lookPeriod);
        try
        {
            for (var looks = 1; await look.WaitForNextTickAsync(stop); looks++)
            {
                profiles.EndThoseThatAreOver();
                if (looks % LooksPerName == 0)
                {
                    await own.LookAsync(stop);
                }
            }
        }
        catch (OperationCanceledException)
        {
            BrokerLog.Write("ends");
        }
    }

    /// <summary>Links and rules have fixed names, and a start removes what it finds: two brokers in one namespace would take each other apart. An abstract socket is of a namespace, and gone with its process.</summary>
    private static Socket OnlyOne()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint("\0voxeltron-broker"));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw new VoxeltronException("broker_not_alone", "Another broker runs in this network namespace: a machine needs one.");
        }
    }
}
