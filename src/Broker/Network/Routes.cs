using System.Buffers.Binary;
using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Links, addresses and routes of one namespace (rtnetlink). Made by, and used on, one thread at a time.</summary>
internal sealed class Routes : IDisposable
{
    /// <summary>What a packet to an address would meet (rtm_type); others are not told apart.</summary>
    public const byte Local = 2;

    private const int NetUnreachable = 101;
    private const int HostUnreachable = 113;
    public const byte Multicast = 5;

    private const byte Unicast = 1;

    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;
    private const ushort NewAddress = 20;
    private const ushort NewRoute = 24;
    private const ushort GetRoute = 26;
    private const ushort DeleteNeighbour = 29;
    private const ushort GetNeighbour = 30;

    private const ushort LinkName = 3;
    private const ushort LinkMtu = 4;
    private const ushort LinkInfo = 18;
    private const ushort LinkNamespace = 28;

    private const uint Up = 1;

    private readonly NetlinkSocket _socket = new(NetlinkSocket.Route);

    /// <summary>Two ends of one cable: ours up here, the other one there as <c>eth0</c>, down.</summary>
    public void AddPair(string name, SafeFileHandle other, int mtu)
    {
        var descriptor = (int)other.DangerousGetHandle();
        var message = new NetlinkMessage(NewLink, NetlinkMessage.Acknowledge | NetlinkMessage.Create | NetlinkMessage.Exclusive)
            .Put(new LinkPart { Flags = Up, Change = Up })
            .Attribute(LinkName, name)
            .Attribute(LinkMtu, mtu)
            .Nest(LinkInfo, info => info
                .Attribute(1, "veth")
                .Nest(2, data => data
                    .Nest(1, peer => peer
                        .Put(new LinkPart())
                        .Attribute(LinkName, "eth0")
                        .Attribute(LinkMtu, mtu)
                        .Attribute(LinkNamespace, descriptor))));
        _socket.Do($"veth {name}", message);
    }

    public void SetUp(uint link) =>
        _socket.Do("link up", new NetlinkMessage(NewLink, NetlinkMessage.Acknowledge).Put(new LinkPart { Index = link, Flags = Up, Change = Up }));

    /// <summary>With both its ends; nothing happens when it is gone already.</summary>
    public void Delete(string name)
    {
        var error = _socket.Try(new NetlinkMessage(DeleteLink, NetlinkMessage.Acknowledge).Put(new LinkPart()).Attribute(LinkName, name), null);
        const int noDevice = 19;
        if (error is not 0 and not noDevice)
        {
            throw new KernelException($"delete {name}", error);
        }
    }

    /// <summary>Names of links that begin so.</summary>
    public List<string> List(string prefix)
    {
        var names = new List<string>();
        _socket.Try(new NetlinkMessage(GetLink, NetlinkMessage.Dump).Put(new LinkPart()), (_, body) =>
        {
            var name = Encoding.ASCII.GetString(NetlinkMessage.Find(body[16..], LinkName)).TrimEnd('\0');
            if (name.StartsWith(prefix, StringComparison.Ordinal))
            {
                names.Add(name);
            }
        });
        return names;
    }

    /// <summary>One of two addresses of a network of two (RFC 3021).</summary>
    public void AddAddress(uint link, IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        _socket.Do($"address {address}", new NetlinkMessage(NewAddress, NetlinkMessage.Acknowledge | NetlinkMessage.Create | NetlinkMessage.Exclusive)
            .Put(new AddressPart { Family = Libc.Inet, Length = 31, Link = link })
            .Attribute(2, bytes)
            .Attribute(1, bytes));
    }

    public void AddDefault(uint link, IPAddress gateway) =>
        _socket.Do($"default route by {gateway}", new NetlinkMessage(NewRoute, NetlinkMessage.Acknowledge | NetlinkMessage.Create | NetlinkMessage.Exclusive)
            .Put(new RoutePart { Family = Libc.Inet, Table = 254, Protocol = 4, Type = Unicast })
            .Attribute(5, gateway.GetAddressBytes())
            .Attribute(4, (int)link));

    /// <summary>What this namespace would do with a packet to the address: the kernel's own answer, so no list of ours can be stale.</summary>
    /// <returns>The route's type; 0 when there is none; null when the kernel gave no answer.</returns>
    public byte? TypeOf(IPAddress address)
    {
        byte type = 0;
        var bytes = address.GetAddressBytes();
        var family = bytes.Length == 4 ? (byte)Libc.Inet : (byte)10;
        var error = _socket.Try(new NetlinkMessage(GetRoute, NetlinkMessage.Acknowledge).Put(new RoutePart { Family = family, DestinationLength = (byte)(bytes.Length * 8) }).Attribute(1, bytes), (kind, body) =>
        {
            if (kind == NewRoute)
            {
                type = body[7];
            }
        });
        return error is 0 or NetUnreachable or HostUnreachable ? type : null;
    }

    /// <summary>Who was spoken to on the link is forgotten.</summary>
    public void ForgetNeighbours()
    {
        const int constant = 0x40 | 0x80;
        var known = new List<(int Link, byte[] Address)>();
        _socket.Try(new NetlinkMessage(GetNeighbour, NetlinkMessage.Dump).Put(new NeighbourPart { Family = Libc.Inet }), (_, body) =>
        {
            if ((BinaryPrimitives.ReadUInt16LittleEndian(body[8..]) & constant) == 0)
            {
                known.Add((BinaryPrimitives.ReadInt32LittleEndian(body[4..]), NetlinkMessage.Find(body[12..], 1).ToArray()));
            }
        });
        foreach (var (link, address) in known)
        {
            var error = _socket.Try(new NetlinkMessage(DeleteNeighbour, NetlinkMessage.Acknowledge).Put(new NeighbourPart { Family = Libc.Inet, Link = link }).Attribute(1, address), null);
            if (error is not 0 and not Libc.NoSuchEntry)
            {
                throw new KernelException("forget neighbour", error);
            }
        }
    }

    public void Dispose() => _socket.Dispose();
}
