using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>
/// Two namespaces made for one test, so that the real machine is not touched: <c>machine</c>, where a broker runs, and <c>outside</c>, the
/// world it is connected to. Servers are sockets of this process that were opened in one of them.
/// </summary>
internal sealed class NetworkStand : IAsyncDisposable
{
    public const string MachineAddress = "198.51.100.1";
    public const string One = "203.0.113.10";
    public const string Other = "203.0.113.11";
    /// <summary>Of the machine: as where a resolver runs on it.</summary>
    public const string NameServer = "127.0.0.1";

    public const string Metadata = "169.254.169.254";

    private readonly List<TcpListener> _servers = [];

    private NetworkStand(string name) => (Machine, Outside) = (name + "m", name + "o");

    public string Machine { get; }

    public string Outside { get; }

    public static async Task<NetworkStand> MakeAsync()
    {
        var stand = new NetworkStand("vxt" + Guid.NewGuid().ToString("N")[..8]);
        await stand.IpAsync($"netns add {stand.Machine}");
        await stand.IpAsync($"netns add {stand.Outside}");
        await stand.IpAsync($"-n {stand.Machine} link set lo up");
        await stand.IpAsync($"-n {stand.Outside} link set lo up");
        await stand.IpAsync($"-n {stand.Machine} link add up0 type veth peer name down0 netns {stand.Outside}");
        await stand.IpAsync($"-n {stand.Machine} addr add {MachineAddress}/24 dev up0");
        await stand.IpAsync($"-n {stand.Machine} link set up0 up");
        await stand.IpAsync($"-n {stand.Outside} addr add 198.51.100.2/24 dev down0");
        foreach (var address in (string[])[One, Other, Metadata])
        {
            await stand.IpAsync($"-n {stand.Outside} addr add {address}/32 dev lo");
        }

        await stand.IpAsync($"-n {stand.Outside} link set down0 up");
        await stand.IpAsync($"-n {stand.Machine} route add default via 198.51.100.2");
        return stand;
    }

    public Task<string> IpAsync(string arguments) => Shell.RunAsync("ip", arguments.Split(' '));

    /// <summary>Answers each connection with the text, and keeps it open.</summary>
    public int Serve(string netns, string address, string text, int port = 0)
    {
        var server = Inside($"/run/netns/{netns}", () =>
        {
            var listener = new TcpListener(IPAddress.Parse(address), port);
            listener.Start();
            return listener;
        });
        _servers.Add(server);
        _ = AnswerAsync(server, Encoding.UTF8.GetBytes(text));
        return ((IPEndPoint)server.LocalEndpoint).Port;
    }

    /// <summary>Runs on a thread that enters and never comes back, so that nothing else is ever run on it.</summary>
    public static T Inside<T>(string path, Func<T> work)
    {
        T? result = default;
        Exception? failed = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var netns = new SafeFileHandle(open(path + "\0", 0x80000), ownsHandle: true);
                if (netns.IsInvalid || setns(netns, 0x40000000) != 0)
                {
                    throw new InvalidOperationException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
                }

                result = work();
            }
            catch (Exception thrown)
            {
                failed = thrown;
            }
        });
        thread.Start();
        thread.Join();
        return failed is null ? result! : throw failed;
    }

    public async ValueTask DisposeAsync()
    {
        _servers.ForEach(static server => server.Dispose());
        await IpAsync($"netns del {Machine}");
        await IpAsync($"netns del {Outside}");
    }

    private static async Task AnswerAsync(TcpListener server, byte[] text)
    {
        var kept = new List<Socket>();
        try
        {
            while (true)
            {
                var accepted = await server.AcceptSocketAsync();
                kept.Add(accepted);
                await accepted.SendAsync(text);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            kept.ForEach(static one => one.Dispose());
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int setns(SafeHandle descriptor, int kind);

    [DllImport("libc", SetLastError = true)]
    private static extern int connect(SafeHandle descriptor, byte[] address, int length);

    /// <summary>What the holder of a descriptor may try: connect(AF_UNSPEC).</summary>
    public static void Disconnect(Socket socket) => Assert(connect(socket.SafeHandle, new byte[16], 16) == 0, "disconnect");

    /// <summary>And then somewhere else.</summary>
    /// <returns>It came to be connected within the time.</returns>
    public static bool Reconnect(Socket socket, string address, int port, int timeoutMs)
    {
        var target = new byte[16];
        target[0] = 2;
        (target[2], target[3]) = ((byte)(port >> 8), (byte)port);
        IPAddress.Parse(address).TryWriteBytes(target.AsSpan(4), out _);
        var result = connect(socket.SafeHandle, target, target.Length);
        return result == 0
            || (Marshal.GetLastPInvokeError() == 115 && socket.Poll(timeoutMs * 1000, SelectMode.SelectWrite)
                && (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! == 0);
    }

    private static void Assert(bool isTrue, string what)
    {
        if (!isTrue)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{what}: {Marshal.GetLastPInvokeError()}"));
        }
    }
}
