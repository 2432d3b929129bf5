using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>
/// Ends every TCP socket of the namespace that was asked, whoever has its descriptor (sock_diag, as <c>ss -K</c>): the peer gets
/// a reset, the holder ECONNABORTED. A socket that is bound to nothing is in no table and is not seen: see <see cref="SpaceMaker.Recycle"/>.
/// </summary>
internal static class SocketKiller
{
    private const ushort ByFamily = 20;
    private const ushort Destroy = 21;
    private const byte Tcp = 6;

    /// <summary>A request is header (8) and the socket's id (48); an answer has the id at offset 4.</summary>
    private const int IdLength = 48;
    private const int IdAt = 4;

    /// <summary>Sockets that open while we look: more rounds than there is a reason for.</summary>
    private const int MostRounds = 5;

    /// <returns>How many were ended.</returns>
    /// <exception cref="KernelException">Some would not end.</exception>
    public static int KillAll(NetlinkSocket socket)
    {
        var killed = 0;
        for (var round = 0; ; round++)
        {
            var found = Find(socket, Libc.Inet);
            found.AddRange(Find(socket, 10));
            if (found.Count == 0)
            {
                return killed;
            }

            var error = 0;
            foreach (var request in found)
            {
                error = socket.Try(new NetlinkMessage(Destroy, NetlinkMessage.Acknowledge).Put(request), null);
                killed += error == 0 ? 1 : 0;
            }

            if (round == MostRounds)
            {
                throw new KernelException($"{found.Count} sockets would not end", error);
            }
        }
    }

    private static List<byte[]> Find(NetlinkSocket socket, byte family)
    {
        var requests = new List<byte[]>();
        var all = new byte[8 + IdLength];
        (all[0], all[1]) = (family, Tcp);
        all.AsSpan(4, 4).Fill(0xff);
        var error = socket.Try(new NetlinkMessage(ByFamily, NetlinkMessage.Dump).Put(all), (_, body) =>
        {
            var request = new byte[8 + IdLength];
            (request[0], request[1]) = (body[0], Tcp);
            request.AsSpan(4, 4).Fill(0xff);
            body.Slice(IdAt, IdLength).CopyTo(request.AsSpan(8));
            requests.Add(request);
        });
        return error == 0 || family != Libc.Inet ? requests : throw new KernelException("list sockets", error);
    }
}
