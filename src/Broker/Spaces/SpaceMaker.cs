using System.Globalization;
using System.Net;
using System.Text;
using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>Makes, cleans and removes namespaces. Every method runs on the maker thread.</summary>
internal sealed class SpaceMaker(NetnsThread thread, AddressPlan plan) : IDisposable
{
    private const long MtuAgeMs = 60_000;

    // The machine's. Made late, on the maker thread.
    private Routes? _routes;
    private NetlinkSocket? _netfilter;
    private int _mtu;
    private long _mtuAtMs;

    /// <exception cref="KernelException">The kernel would not; nothing is left of the attempt.</exception>
    /// <exception cref="NftablesException">Likewise.</exception>
    public Space Make(int number, EgressProfile profile)
    {
        _routes ??= new Routes();
        var link = HostRules.LinkPrefix + number.ToString(CultureInfo.InvariantCulture);
        var netns = thread.Make(NetnsSettings.Quiet);
        SpaceTools? tools = null;
        try
        {
            _routes.AddPair(link, netns, Mtu());
            // Our end of the cable listens to IPv4 alone: by its link-local address it could be spoken to past the rules.
            NetnsSettings.NoV6(link);
            _routes.AddAddress(Libc.if_nametoindex(Encoding.ASCII.GetBytes(link + '\0')), plan.Gateway(number));
            var places = SpaceRules.Fixed(profile);
            tools = thread.Inside(netns, () => Furnish(number, places));
            return new Space(number, netns, plan.Inside(number), link, tools, thread.Inside(netns, CountSockets), places);
        }
        catch
        {
            tools?.Dispose();
            netns.Dispose();
            _routes.Delete(link);
            throw;
        }
    }

    /// <summary>
    /// Makes it as new: its sockets end, its connections and addresses are forgotten. A socket that is open but bound to nothing is in none
    /// of the kernel's tables, so it cannot be ended; but it is counted. While somebody holds any descriptor of an earlier generation the
    /// namespace is not given to anybody.
    /// </summary>
    /// <returns>False when somebody still has a descriptor.</returns>
    public bool Recycle(Space space)
    {
        if (space.Reached.Count > 0)
        {
            space.Tools.Rules.Run(SpaceRules.ForgetReached);
            space.Reached.Clear();
        }

        // Who closed what it had is the rule; a look for sockets walks all of the machine's, milliseconds each time.
        if (thread.Inside(space.Netns, CountSockets) > space.OwnSockets)
        {
            SocketKiller.KillAll(space.Tools.Diagnosis);
            if (thread.Inside(space.Netns, CountSockets) > space.OwnSockets)
            {
                return false;
            }
        }

        // From here on nothing inside can send.
        Conntrack.Flush(space.Tools.Netfilter);
        _netfilter ??= new NetlinkSocket(NetlinkSocket.Netfilter);
        Conntrack.Forget(_netfilter, space.Address);
        space.Tools.Routes.ForgetNeighbours();
        return true;
    }

    /// <summary>Nothing gets in or out any more, whoever holds what; it is removed later, at our pace.</summary>
    public static void Close(Space space)
    {
        space.Tools.Rules.Run(SpaceRules.Close);
        SocketKiller.KillAll(space.Tools.Diagnosis);
    }

    public void Delete(Space space)
    {
        _routes ??= new Routes();
        space.Tools.Dispose();
        _routes.Delete(space.Link);
        space.Netns.Dispose();
    }

    public void Dispose()
    {
        _routes?.Dispose();
        _netfilter?.Dispose();
    }

    private SpaceTools Furnish(int number, HashSet<(IPAddress, int)> places)
    {
        var tools = new SpaceTools();
        try
        {
            // The rules before the way out: there is no moment without them.
            tools.Rules.Run(SpaceRules.Text(places));
            var routes = tools.Routes;
            routes.SetUp(1);
            var link = Libc.if_nametoindex("eth0\0"u8.ToArray());
            routes.AddAddress(link, plan.Inside(number));
            routes.SetUp(link);
            routes.AddDefault(link, plan.Gateway(number));
            return tools;
        }
        catch
        {
            tools.Dispose();
            throw;
        }
    }

    /// <summary>Of the namespace this thread is in: "sockets: used N" counts every one, also those no table holds.</summary>
    private static int CountSockets()
    {
        // Not /proc/net: that is the namespace of the process's first thread.
        var first = File.ReadLines("/proc/thread-self/net/sockstat").First();
        return int.Parse(first.AsSpan(first.LastIndexOf(' ') + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>Looked up now and then.</summary>
    private int Mtu()
    {
        if (_mtu == 0 || Environment.TickCount64 - _mtuAtMs > MtuAgeMs)
        {
            (_mtu, _mtuAtMs) = (PathMtu.Least(), Environment.TickCount64);
        }

        return _mtu;
    }
}
