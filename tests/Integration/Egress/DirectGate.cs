using System.Net;
using System.Net.Sockets;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>A gate without walls, for tests of the sender alone: every place is a port of this machine. The walls have tests of their own.</summary>
internal sealed class DirectGate(Func<EgressUrl, int> portOf) : IEgressGate
{
    private int _connections;

    public int Connections => Volatile.Read(ref _connections);

    public string? Closed => null;

    public void Prepare(EgressCredential profile)
    {
        // Nothing to make.
    }

    public IEgressSpace? TryTake(EgressCredential profile) => new Space(this);

    public IEgressSpace? TakeNow(EgressCredential profile, TimeSpan patience, out bool wasReady)
    {
        wasReady = true;
        return TryTake(profile);
    }

    public Task<IEgressSpace> TakeAsync(EgressCredential profile, CancellationToken cancel) => Task.FromResult<IEgressSpace>(new Space(this));

    private sealed class Space(DirectGate gate) : IEgressSpace
    {
        public bool IsLost => false;

        public async Task<EgressConnection> ConnectAsync(EgressUrl url, CancellationToken cancel)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gate.PortOf(url)), cancel);
            }
            catch (SocketException refused)
            {
                socket.Dispose();
                throw new EgressException(BrokerCodes.ConnectRefused, refused.Message);
            }

            Interlocked.Increment(ref gate._connections);
            return new EgressConnection(new NetworkStream(socket, ownsSocket: true), "127.0.0.1");
        }

        public void Dispose()
        {
            // Its sockets end with their streams.
        }
    }

    private int PortOf(EgressUrl url) => portOf(url);
}
