using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Whether this machine passes IPv4 packets on. Namespaces need it; a machine that did not before has no rules about it, so it gets one: nothing but ours.</summary>
/// <remarks>
/// That rule is a table of its own, and the sign that it was off: whoever leaves last, the broker or the last namespace of a database, takes
/// it away and switches back. A process that was killed leaves both, and the next one that ends finds them. Switching it makes the kernel change
/// whether redirects are believed; what that was stands in the table too, as names of empty chains.
/// </remarks>
internal static class Forwarding
{
    private const string Settings = "/proc/sys/net/ipv4/";
    private const string Switch = Settings + "ip_forward";
    private const string Table = "voxeltron_forwarding";
    private const string Redirects = "accept_redirects";

    private static readonly string[] s_scopes = ["all", "default"];

    /// <summary>The rule before the switch: there is no moment without it.</summary>
    public static void TurnOn(Nftables nft)
    {
        if (File.ReadAllText(Switch).Trim() != "0")
        {
            return;
        }

        var redirects = s_scopes.ToDictionary(static scope => scope, static scope => File.ReadAllText(Of(scope)).Trim());
        nft.Run(Text(redirects.Where(static one => one.Value != "0").Select(static one => one.Key)));
        File.WriteAllText(Switch, "1");
        Write(redirects);
    }

    /// <summary>As it was, when nobody of ours is there any more: no link, and no table but this. On a thread of the machine's namespace.</summary>
    public static void TurnBack(Nftables nft)
    {
        using var routes = new Routes();
        var tables = nft.Run("list tables inet");
        if (routes.List(HostRules.LinkPrefix).Count > 0 || routes.List(DatabasePlan.LinkPrefix).Count > 0
            || tables.Contains(HostRules.Table, StringComparison.Ordinal) || tables.Contains(DatabasePlan.TablePrefix, StringComparison.Ordinal)
            || Find(nft) is not { } found)
        {
            return;
        }

        File.WriteAllText(Switch, "0");
        Write(s_scopes.ToDictionary(static scope => scope, scope => found.Contains($"{Redirects}_{scope}", StringComparison.Ordinal) ? "1" : "0"));
        nft.Run($"delete table ip {Table}");
    }

    /// <summary>Tables of our own decide what of ours may pass; this one, that nothing else does.</summary>
    internal static string Text(IEnumerable<string> redirects) => $$"""
        table ip {{Table}} { }
        delete table ip {{Table}}
        table ip {{Table}} {
          {{string.Join('\n', redirects.Select(static scope => $"chain {Redirects}_{scope} {{ }}"))}}
          chain forward {
            type filter hook forward priority filter; policy drop;
            iifname "{{HostRules.LinkPrefix}}*" accept
            iifname "{{DatabasePlan.LinkPrefix}}*" accept
            oifname "{{HostRules.LinkPrefix}}*" ct state established,related accept
            oifname "{{DatabasePlan.LinkPrefix}}*" ct state established,related accept
          }
        }
        """;

    private static string? Find(Nftables nft)
    {
        try
        {
            return nft.Run($"list table ip {Table}");
        }
        catch (NftablesException)
        {
            // There is none: it was on.
            return null;
        }
    }

    private static void Write(Dictionary<string, string> redirects)
    {
        foreach (var (scope, value) in redirects)
        {
            File.WriteAllText(Of(scope), value);
        }
    }

    private static string Of(string scope) => $"{Settings}conf/{scope}/{Redirects}";
}
