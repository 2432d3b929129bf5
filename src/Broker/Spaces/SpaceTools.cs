using Voxeltron.Broker.Interop;

namespace Voxeltron.Broker;

/// <summary>
/// Ways to speak to one namespace from outside it. Made by a thread inside; kept open as long as the namespace, because a netlink socket
/// that was closed is counted a little longer, and the count says whether somebody still has a socket there.
/// </summary>
internal sealed class SpaceTools : IDisposable
{
    public Nftables Rules { get; } = new();

    public Routes Routes { get; } = new();

    public NetlinkSocket Diagnosis { get; } = new(NetlinkSocket.SocketDiagnosis);

    public NetlinkSocket Netfilter { get; } = new(NetlinkSocket.Netfilter);

    public void Dispose()
    {
        Rules.Dispose();
        Routes.Dispose();
        Diagnosis.Dispose();
        Netfilter.Dispose();
    }
}
