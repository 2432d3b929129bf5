using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Whether this machine passes packets on. Namespaces need it; a machine that did not before has no rules about it, so it gets one: nothing but ours.</summary>
/// <remarks>
/// That rule is a table of its own, and the sign that it was off: whoever leaves last, the broker or the last namespace of a database, takes
/// it away and switches back. A process that was killed leaves both, and the next one that ends finds them.
/// </remarks>
internal static class Forwarding
{
    private const string Switch = "/proc/sys/net/ipv4/ip_forward";
    private const string Table = "voxeltron_forwarding";

    /// <summary>The rule before the switch: there is no moment without it.</summary>
    public static void TurnOn(Nftables nft)
    {
        if (File.ReadAllText(Switch).Trim() != "0")
        {
            return;
        }

        nft.Run(Text);
        File.WriteAllText(Switch, "1");
    }

    /// <summary>As it was, when nobody of ours needs it any more. On a thread of the machine's namespace.</summary>
    public static void TurnBack(Nftables nft)
    {
        using var routes = new Routes();
        if (routes.List(HostRules.LinkPrefix).Count > 0 || routes.List(DatabasePlan.LinkPrefix).Count > 0 || !Exists(nft, Table))
        {
            return;
        }

        File.WriteAllText(Switch, "0");
        nft.Run($"delete table inet {Table}");
    }

    public static bool Exists(Nftables nft, string table)
    {
        try
        {
            nft.Run($"list table inet {table}");
            return true;
        }
        catch (NftablesException)
        {
            // There is none: the usual case.
            return false;
        }
    }

    /// <summary>Tables of our own decide what of ours may pass; this one, that nothing else does.</summary>
    private static string Text => $$"""
        table inet {{Table}} { }
        delete table inet {{Table}}
        table inet {{Table}} {
          chain forward {
            type filter hook forward priority filter; policy drop;
            iifname { "{{HostRules.LinkPrefix}}*", "{{DatabasePlan.LinkPrefix}}*" } accept
            oifname { "{{HostRules.LinkPrefix}}*", "{{DatabasePlan.LinkPrefix}}*" } ct state established,related accept
          }
        }
        """;
}
