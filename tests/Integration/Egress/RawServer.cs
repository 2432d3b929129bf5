using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>A server that says what a well-behaved one would not: the test writes the bytes.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="answer">Gets the connection when the request's head has come.</param>
    public RawServer(Func<NetworkStream, CancellationToken, Task> answer)
    {
        _listener.Start();
        _loop = RunAsync(answer);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static Func<NetworkStream, CancellationToken, Task> Says(string text) => async (stream, cancel) =>
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text.ReplaceLineEndings("\r\n")), cancel);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(Func<NetworkStream, CancellationToken, Task> answer)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                running.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token), answer));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task ServeAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> answer)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var head = new StringBuilder();
                var buffer = new byte[1];
                while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer, _stop.Token) > 0)
                {
                    head.Append((char)buffer[0]);
                }

                await answer(stream, _stop.Token);
            }
            catch (Exception over) when (over is OperationCanceledException or IOException)
            {
                // The client had enough, or the test is over.
            }
        }
    }
}
