using System.Net;
using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>Forgets connections the kernel tracks (ctnetlink), so that no later packet belongs to one of an earlier user.</summary>
internal static class Conntrack
{
    private const ushort Get = (1 << 8) | 1;
    private const ushort Delete = (1 << 8) | 2;

    private const ushort TupleOriginal = 1;
    private const ushort TupleIp = 1;
    private const ushort SourceV4 = 1;
    private const ushort EntryId = 12;

    private const ushort Filter = 25;
    private const ushort OriginalFlags = 1;
    private const ushort ReplyFlags = 2;
    private const int BySourceAddress = 1;

    /// <summary>All of the namespace.</summary>
    public static void Flush(NetlinkSocket socket) => socket.Do("flush conntrack", new NetlinkMessage(Delete, NetlinkMessage.Acknowledge).Put(0));

    /// <summary>Those the address began.</summary>
    /// <remarks>
    /// Listed and deleted one by one: kernels before 6.8 flush everything when they are given a filter they do not know. A list takes one
    /// since 5.8, which spares copying a table of many thousands; a kernel that ignores it lists all, and so each is looked at here too.
    /// </remarks>
    public static void Forget(NetlinkSocket socket, IPAddress source)
    {
        var wanted = source.GetAddressBytes();
        var found = new List<(byte[] Tuple, byte[] Id)>();
        var error = socket.Try(Listing(wanted), (_, body) =>
        {
            var tuple = NetlinkMessage.Find(body[4..], TupleOriginal);
            if (NetlinkMessage.Find(NetlinkMessage.Find(tuple, TupleIp), SourceV4).SequenceEqual(wanted))
            {
                found.Add((tuple.ToArray(), NetlinkMessage.Find(body[4..], EntryId).ToArray()));
            }
        });
        if (error != 0)
        {
            throw new KernelException("list conntrack", error);
        }

        foreach (var (tuple, id) in found)
        {
            error = socket.Try(new NetlinkMessage(Delete, NetlinkMessage.Acknowledge).Put((int)(byte)Libc.Inet).Attribute(TupleOriginal | 0x8000, tuple).Attribute(EntryId, id), null);
            if (error is not 0 and not Libc.NoSuchEntry)
            {
                throw new KernelException("forget connection", error);
            }
        }
    }

    private static NetlinkMessage Listing(byte[] source) => new NetlinkMessage(Get, NetlinkMessage.Dump).Put((int)(byte)Libc.Inet)
        .Nest(TupleOriginal, tuple => tuple.Nest(TupleIp, address => address.Attribute(SourceV4, source)))
        .Nest(Filter, static filter => filter.Attribute(OriginalFlags, BySourceAddress).Attribute(ReplyFlags, 0));
}
