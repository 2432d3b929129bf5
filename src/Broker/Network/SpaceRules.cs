using System.Globalization;
using System.Net;
using System.Text;
using Voxeltron.Kernel;

namespace Voxeltron.Broker;

/// <summary>What may leave a namespace: nothing, but for two lists.</summary>
/// <remarks>
/// The broker connects, so why rules at all? Because whoever holds a connected TCP socket may disconnect it (connect with AF_UNSPEC) and
/// connect it elsewhere: the socket stays in this namespace, and what it may reach is what stands here.
/// <para><c>fixed</c> has the places grants name by a single literal address. A network in a grant is not written in: it may hold the
/// machine's own addresses or metadata, which the broker looks at one by one. <c>reached</c> has the addresses it has checked and
/// connected to in this generation; each is added before the connection is begun.</para>
/// </remarks>
internal static class SpaceRules
{
    /// <summary>Different places of one generation: more than that is a scan.</summary>
    public const int MostReached = 4096;

    public static string Text(HashSet<(IPAddress Address, int Port)> places) => $$"""
        table inet vx {
          set fixed { type ipv4_addr . inet_service; {{(places.Count == 0 ? "" : $"elements = {{ {string.Join(", ", places.Select(static place => Element(place.Address, place.Port)))} }}")}} }
          set reached { type ipv4_addr . inet_service; size {{MostReached}}; }
          chain output {
            type filter hook output priority filter; policy drop;
            ip daddr . tcp dport @fixed accept
            ip daddr . tcp dport @reached accept
          }
          chain input {
            type filter hook input priority filter; policy drop;
            ct state established accept
            ct state related ip protocol icmp accept
          }
          chain forward {
            type filter hook forward priority filter; policy drop;
          }
        }
        """;

    public const string ForgetReached = "flush set inet vx reached";

    /// <summary>Nothing leaves any more.</summary>
    public const string Close = "flush set inet vx reached; flush set inet vx fixed";

    public static string Reach(IPAddress address, int port) => $"add element inet vx reached {{ {Element(address, port)} }}";

    /// <summary>The places of the profile that need no look.</summary>
    public static HashSet<(IPAddress Address, int Port)> Fixed(EgressProfile profile)
    {
        var places = new HashSet<(IPAddress, int)>();
        foreach (var grant in profile.Grants)
        {
            foreach (var range in grant.Addresses)
            {
                if (grant.Host is null && !range.IsV6 && range.Length == 32)
                {
                    places.UnionWith(grant.Ports.Select(port => (range.First, port)));
                }
            }
        }

        return places;
    }

    private static string Element(IPAddress address, int port) =>
        new StringBuilder(32).Append(address).Append(" . ").Append(port.ToString(CultureInfo.InvariantCulture)).ToString();
}
