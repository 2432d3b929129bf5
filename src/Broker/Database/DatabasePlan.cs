using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Voxeltron.Broker;

/// <summary>Names and addresses of one database's namespace: the same for the same place each time, so that a second run finds what the first one made.</summary>
internal sealed class DatabasePlan
{
    public const string LinkPrefix = "vxd";
    public const string TablePrefix = "voxeltron_database_";

    public DatabasePlan(DatabaseOptions options)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(options.Place));
        var name = Convert.ToHexStringLower(hash.AsSpan(0, 4));
        (Link, Table) = (LinkPrefix + name, TablePrefix + name);
        var first = options.Range is { } range ? BinaryPrimitives.ReadUInt32BigEndian(range.First.GetAddressBytes()) : 0x0AD60000u | (BinaryPrimitives.ReadUInt16BigEndian(hash.AsSpan(4)) & 0xFFFEu);
        (Gateway, Inside) = (Address(first), Address(first + 1));
        (Netns, Hosts) = (Path.Combine(options.Place, "netns"), Path.Combine(options.Place, "hosts"));
    }

    /// <summary>The machine's end of the cable; 15 characters are the most a link's name may have.</summary>
    public string Link { get; }

    /// <summary>Of the machine's rules.</summary>
    public string Table { get; }

    public IPAddress Gateway { get; }

    public IPAddress Inside { get; }

    /// <summary>Where the namespace is mounted, so that it stays without a process.</summary>
    public string Netns { get; }

    public string Hosts { get; }

    private static IPAddress Address(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
