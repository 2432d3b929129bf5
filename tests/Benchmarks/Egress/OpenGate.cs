using System.Net;
using System.Net.Sockets;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>Sockets of this process, to compare with: what a request costs without walls.</summary>
internal sealed class OpenGate : IEgressGate
{
    public string? Closed => null;

    public void Prepare(EgressCredential profile)
    {
        // Nothing to make.
    }

    public IEgressSpace? TryTake(EgressCredential profile) => new Space();

    public IEgressSpace? TakeNow(EgressCredential profile, TimeSpan patience, out bool wasReady)
    {
        wasReady = true;
        return new Space();
    }

    public Task<IEgressSpace> TakeAsync(EgressCredential profile, CancellationToken cancel) => Task.FromResult<IEgressSpace>(new Space());

    private sealed class Space : IEgressSpace
    {
        public bool IsLost => false;

        public async Task<EgressConnection> ConnectAsync(EgressUrl url, CancellationToken cancel)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(url.Address!, url.Port), cancel);
            return new EgressConnection(new NetworkStream(socket, ownsSocket: true), url.Host);
        }

        public void Dispose()
        {
            // Its sockets end with their streams.
        }
    }
}
