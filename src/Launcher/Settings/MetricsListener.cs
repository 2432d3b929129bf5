using System.Net;
using System.Net.Sockets;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>
/// The one TCP socket a worker has, opened here because behind the walls none can be made. It is passed as descriptor 3 in the way systemd does
/// (sd_listen_fds(3)): LISTEN_FDS=1, LISTEN_PID.
/// </summary>
internal static class MetricsListener
{
    public const int Descriptor = 3;
    private const int Backlog = 128;

    /// <param name="isWall">It cannot be connected elsewhere, nor what it accepts.</param>
    public static Socket Open(string url, out bool isWall)
    {
        if (!Uri.TryCreate(url.Replace("//*:", "//0.0.0.0:", StringComparison.Ordinal).Replace("//+:", "//0.0.0.0:", StringComparison.Ordinal), UriKind.Absolute, out var address) || address.Scheme != "http")
        {
            throw new VoxeltronException("bad_setting", $"worker.url is '{url}': a worker behind walls serves plain http, such as http://127.0.0.1:0.");
        }

        try
        {
            var ip = IPAddress.TryParse(address.Host.Trim('[', ']'), out var given) ? given
                : address.Host == "localhost" ? IPAddress.Loopback
                : Dns.GetHostAddresses(address.Host)[0];
            var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            // As Kestrel does: a worker that starts again must not wait for its predecessor's connections to be forgotten.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(ip, address.Port));
            isWall = ListenerFilter.TryPut(socket, ((IPEndPoint)socket.LocalEndPoint!).Port);
            socket.Listen(Backlog);
            return socket;
        }
        catch (SocketException refused)
        {
            throw new VoxeltronException("address_in_use", $"worker.url {url} cannot be listened on: {refused.Message}. Choose another address in config.json.");
        }
    }
}
