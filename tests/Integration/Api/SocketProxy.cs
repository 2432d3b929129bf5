using System.Net.Sockets;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Stands between a process and Postgres on a Unix socket; closed at first, and cut whenever a test says so.</summary>
internal sealed class SocketProxy(string server, int port) : IAsyncDisposable
{
    private readonly List<Socket> _open = [];
    private readonly Lock _gate = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;

    /// <summary>What clients take for the server's directory.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("vxt-").FullName;

    private string OwnPath => Path.Combine(Directory, $".s.PGSQL.{port}");

    public void Open()
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(OwnPath));
        listener.Listen(64);
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    /// <summary>Ends every connection and takes no new one.</summary>
    public void Cut()
    {
        _listener?.Dispose();
        File.Delete(OwnPath);
        lock (_gate)
        {
            _open.ForEach(static socket => socket.Dispose());
            _open.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _accepting;
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            try
            {
                var client = await listener.AcceptAsync();
                var upstream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await upstream.ConnectAsync(new UnixDomainSocketEndPoint(server));
                lock (_gate)
                {
                    _open.Add(client);
                    _open.Add(upstream);
                }

                _ = PumpAsync(client, upstream);
                _ = PumpAsync(upstream, client);
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private static async Task PumpAsync(Socket from, Socket to)
    {
        try
        {
            await using var source = new NetworkStream(from, ownsSocket: false);
            await using var target = new NetworkStream(to, ownsSocket: false);
            await source.CopyToAsync(target);
        }
        catch (Exception cut) when (cut is IOException or SocketException or ObjectDisposedException)
        {
            // Cut on purpose, or one side left.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
