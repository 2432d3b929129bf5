using Voxeltron.Broker.Interop;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>What the machine does with packets of our namespaces: a table of our own, which touches nobody else's packets.</summary>
internal sealed class HostRules : IDisposable
{
    public const string LinkPrefix = "vxb";

    public const string Table = "voxeltron_broker";

    private readonly Nftables _nft;

    private HostRules(Nftables nft) => _nft = nft;

    /// <summary>Removes what an earlier broker left, and installs ours. On a thread of the machine's namespace.</summary>
    public static HostRules Install(NetworkRange range, out int leftovers)
    {
        var nft = new Nftables();
        using (var routes = new Routes())
        {
            var left = routes.List(LinkPrefix);
            leftovers = left.Count;
            // A descriptor that outlived its broker keeps its namespace, and with it the link: this cuts it off.
            left.ForEach(routes.Delete);
        }

        nft.Run(Text(range));
        Forwarding.TurnOn(nft);
        return new HostRules(nft);
    }

    /// <summary>The machine is as it was.</summary>
    public void Dispose()
    {
        _nft.Run($"delete table inet {Table}");
        Forwarding.TurnBack(_nft);
        _nft.Dispose();
    }

    /// <summary>
    /// fib: a source is believed only where the way back to it is the link it came by, so that each namespace has its own address and no
    /// other; no list to keep. What goes to the machine itself is let through here: only the rules inside a namespace know what its grants name.
    /// </summary>
    internal static string Text(NetworkRange range) => $$"""
        table inet {{Table}} { }
        delete table inet {{Table}}
        table inet {{Table}} {
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
            type filter hook forward priority filter; policy accept;
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
