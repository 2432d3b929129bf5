using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Whether this machine can do what a broker does: each thing is done once, in a namespace that is thrown away.</summary>
internal static class MachineCheck
{
    public const string Code = "netns_unavailable";

    /// <returns>Null, or what is missing and what to do about it, in one line.</returns>
    public static string? Find()
    {
        if (Privileges.Missing() is { } capability)
        {
            return $"{capability} is not among this process's capabilities: start the broker as root, or with CAP_SYS_ADMIN and CAP_NET_ADMIN";
        }

        if (!Nftables.IsHere())
        {
            return "libnftables.so.1 is not on this machine: install the package nftables";
        }

        using var thread = new NetnsThread("netns check");
        try
        {
            // All within one namespace: the machine itself is not touched.
            return thread.RunAsync(() => Try(thread), urgent: true).GetAwaiter().GetResult();
        }
        catch (KernelException refused)
        {
            return $"the kernel refuses a network namespace: {refused.Message}; in a container, allow CAP_SYS_ADMIN and a writable /proc/sys/net";
        }
    }

    private static string? Try(NetnsThread thread)
    {
        string? missing = null;
        thread.Make(() => missing = Inside()).Dispose();
        return missing;
    }

    private static string? Inside()
    {
        using var nft = new Nftables();
        try
        {
            nft.Run(HostRules.Text(new BrokerOptions().Range));
            nft.Run(SpaceRules.Text([]));
            nft.Run(Forwarding.Text(["all"]));
            var plan = new DatabasePlan(new DatabaseOptions("check", 5432, "/check", null, null));
            var server = new DatabaseServer("check", 5432, [System.Net.IPAddress.Parse("192.0.2.1")], [], System.Net.IPAddress.Loopback);
            nft.Run(DatabaseRules.OfMachine(plan, server));
            nft.Run(DatabaseRules.OfInside(plan, server));
        }
        catch (NftablesException refused)
        {
            return $"the kernel lacks something for rules (nf_tables with inet, nat, masquerade, reject, fib, conntrack; nftables 1.0 or newer): {refused.Message}";
        }

        using var diagnosis = new NetlinkSocket(NetlinkSocket.SocketDiagnosis);
        using var netfilter = new NetlinkSocket(NetlinkSocket.Netfilter);
        try
        {
            SocketKiller.KillAll(diagnosis);
            Conntrack.Flush(netfilter);
        }
        catch (KernelException refused)
        {
            return $"the kernel lacks inet_diag or nf_conntrack_netlink: {refused.Message}; load the modules tcp_diag and nf_conntrack_netlink";
        }

        using var routes = new Routes();
        // Both ends in here.
        using var own = NetnsThread.OpenOwn();
        try
        {
            routes.AddPair(HostRules.LinkPrefix + "check", own, 1500);
        }
        catch (KernelException refused)
        {
            return $"the kernel makes no veth pair: {refused.Message}; load the module veth";
        }

        return null;
    }
}
