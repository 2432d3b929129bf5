using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>What the machine does with packets of our namespaces: a table of our own, which touches nobody else's packets but one way (below).</summary>
/// <remarks>
/// A machine that did not forward has no reason to have rules about forwarding. When we switch it on, the table drops whatever is not
/// ours, and an empty chain says that it was off, so that a broker that starts after one that was killed knows what to go back to.
/// </remarks>
internal sealed class HostRules : IDisposable
{
    public const string LinkPrefix = "vxb";

    private const string Table = "voxeltron_broker";
    private const string WasOff = "forwarding_was_off";
    private const string Forwarding = "/proc/sys/net/ipv4/ip_forward";

    private readonly Nftables _nft;
    private readonly bool _wasOff;

    private HostRules(Nftables nft, bool wasOff)
    {
        _nft = nft;
        _wasOff = wasOff;
    }

    /// <summary>Removes what an earlier broker left, and installs ours. On a thread of the machine's namespace.</summary>
    public static HostRules Install(NetworkRange range, out int leftovers)
    {
        var nft = new Nftables();
        var wasOff = File.ReadAllText(Forwarding).Trim() == "0";
        try
        {
            wasOff |= nft.Run($"list table inet {Table}").Contains(WasOff, StringComparison.Ordinal);
        }
        catch (NftablesException)
        {
            // There is none: the usual case.
        }

        using (var routes = new Routes())
        {
            var left = routes.List(LinkPrefix);
            leftovers = left.Count;
            // A descriptor that outlived its broker keeps its namespace, and with it the link: this cuts it off.
            left.ForEach(routes.Delete);
        }

        nft.Run(Text(range, wasOff));
        if (wasOff)
        {
            File.WriteAllText(Forwarding, "1");
        }

        return new HostRules(nft, wasOff);
    }

    /// <summary>The machine is as it was.</summary>
    public void Dispose()
    {
        if (_wasOff)
        {
            File.WriteAllText(Forwarding, "0");
        }

        _nft.Run($"delete table inet {Table}");
        _nft.Dispose();
    }

    /// <summary>
    /// fib: a source is believed only where the way back to it is the link it came by, so that each namespace has its own address and no
    /// other; no list to keep. What goes to the machine itself is let through here: only the rules inside a namespace know what its grants name.
    /// </summary>
    internal static string Text(NetworkRange range, bool wasOff) => $$"""
        table inet {{Table}} { }
        delete table inet {{Table}}
        table inet {{Table}} {
          {{(wasOff ? $"chain {WasOff} {{ }}" : "")}}
          chain prerouting {
            type filter hook prerouting priority raw; policy accept;
            iifname "{{LinkPrefix}}*" meta nfproto != ipv4 drop
            iifname "{{LinkPrefix}}*" fib saddr . iif oif missing drop
          }
          chain input {
            type filter hook input priority filter; policy accept;
            iifname "{{LinkPrefix}}*" ip daddr {{range}} drop
            iifname "{{LinkPrefix}}*" meta l4proto != tcp drop
          }
          chain forward {
            type filter hook forward priority filter; policy {{(wasOff ? "drop" : "accept")}};
            iifname "{{LinkPrefix}}*" oifname "{{LinkPrefix}}*" drop
            iifname "{{LinkPrefix}}*" meta l4proto tcp accept
            iifname "{{LinkPrefix}}*" drop
            oifname "{{LinkPrefix}}*" ct state established,related accept
            oifname "{{LinkPrefix}}*" drop
          }
          chain postrouting {
            type nat hook postrouting priority srcnat; policy accept;
            ip saddr {{range}} oifname != "{{LinkPrefix}}*" masquerade
          }
        }
        """;
}
