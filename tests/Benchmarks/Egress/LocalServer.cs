using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>A server on an address of this machine that namespaces can reach; loopback is their own there.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _requests;

    private LocalServer(WebApplication app, string address) => (_app, Address) = (app, address);

    public string Address { get; }

    public int Port { get; private set; }

    public string Url => $"http://{Address}:{Port}/";

    public int Requests => Volatile.Read(ref _requests);

    public static async Task<LocalServer> StartAsync(CancellationToken cancel)
    {
        var address = NetworkInterface.GetAllNetworkInterfaces()
            .Where(static link => link.OperationalStatus == OperationalStatus.Up && link.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .SelectMany(static link => link.GetIPProperties().UnicastAddresses)
            .Select(static unicast => unicast.Address)
            .FirstOrDefault(static one => one.AddressFamily == AddressFamily.InterNetwork && SpecialAddresses.Of(one) is null)
            ?? throw new VoxeltronException("bench_no_address", "This machine has no IPv4 address but loopback to serve on.");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address, 0));
        var server = new LocalServer(builder.Build(), address.ToString());
        var body = new byte[32];
        server._app.MapGet("/", async http =>
        {
            Interlocked.Increment(ref server._requests);
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body);
        });
        await server._app.StartAsync(cancel);
        server.Port = new Uri(server._app.Urls.Single()).Port;
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
