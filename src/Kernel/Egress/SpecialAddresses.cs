using System.Net;

namespace Voxeltron.Kernel;

/// <summary>
/// Addresses no name may lead to: this machine, its link, cloud metadata, everything that is no unicast host (RFC 6890 and its
/// registries, RFC 3927, RFC 4291). Only a grant of addresses that lies wholly inside one of them reaches it: <c>0.0.0.0/0</c> does not.
/// </summary>
public static class SpecialAddresses
{
    private static readonly (string Word, NetworkRange Range)[] s_all =
    [
        ("unspecified", Range("0.0.0.0/8")),
        ("loopback", Range("127.0.0.0/8")),
        ("metadata", Range("169.254.169.254")),
        ("metadata", Range("168.63.129.16")),
        ("metadata", Range("100.100.100.200")),
        ("link_local", Range("169.254.0.0/16")),
        ("reserved", Range("192.0.0.0/24")),
        ("reserved", Range("192.88.99.0/24")),
        ("multicast", Range("224.0.0.0/4")),
        ("reserved", Range("240.0.0.0/4")),
        ("loopback", Range("::1")),
        ("unspecified", Range("::/96")),
        // Each holds IPv4 addresses that a gateway would reach: what they hide is not looked into, all of it is refused.
        ("translated", Range("64:ff9b::/96")),
        ("translated", Range("64:ff9b:1::/48")),
        ("translated", Range("2002::/16")),
        ("translated", Range("2001::/32")),
        ("reserved", Range("100::/64")),
        ("metadata", Range("fd00:ec2::254")),
        ("link_local", Range("fe80::/10")),
        ("site_local", Range("fec0::/10")),
        ("multicast", Range("ff00::/8")),
    ];

    /// <returns>Which of them it is, by word; null when it is an ordinary unicast address.</returns>
    public static string? Of(IPAddress address)
    {
        foreach (var (word, range) in s_all)
        {
            if (range.Contains(address))
            {
                return word;
            }
        }

        return null;
    }

    /// <summary>The grant names a special network or a part of one, and so means it.</summary>
    public static bool IsMeantBy(NetworkRange granted)
    {
        foreach (var (_, range) in s_all)
        {
            if (range.Contains(granted))
            {
                return true;
            }
        }

        return false;
    }

    private static NetworkRange Range(string text) => NetworkRange.TryParse(text, out var range) ? range : throw new InvariantException($"'{text}' is no network.");
}
