using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// Isolates of one workerd process, each made by the first request to a worker it has not loaded (<c>Units/host.mjs</c>): that request, on a
/// connection that stands, is what is timed.
/// </summary>
internal sealed class WorkerdUnits(int units) : UnitPeer("workerd")
{
    private const int UnitsThatDoNotCount = 10;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 1, UseProxy = false, UseCookies = false });
    private ChildProcess? _server;
    private Uri? _address;
    private int _made;

    public override async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    protected override async Task BeginAsync(string directory, CancellationToken cancel)
    {
        var program = UnitPeers.Workerd();
        var port = ChildProcess.FreePort();
        var config = Path.Combine(directory, "workerd.capnp");
        await File.WriteAllTextAsync(config, Config(port), cancel);
        // What it embeds lies beside its configuration.
        File.Copy(UnitPeers.Host(), Path.Combine(directory, "host.mjs"), overwrite: true);
        _server = ChildProcess.Start(Path.Combine(directory, "units-workerd.log"), [], onLine: null, program, "serve", "--experimental", config);
        _address = new Uri($"http://127.0.0.1:{port}/");
        await ReadyAsync(cancel);
        for (var i = 0; i < UnitsThatDoNotCount; i++)
        {
            await AskAsync(cancel);
        }
    }

    protected override async Task<IReadOnlyList<double>> MakeAsync(CancellationToken cancel)
    {
        var times = new double[units];
        for (var i = 0; i < units; i++)
        {
            var asked = Ticks.Now;
            await AskAsync(cancel);
            times[i] = Ticks.Us(asked, Ticks.Now);
        }

        return times;
    }

    private async Task AskAsync(CancellationToken cancel)
    {
        var answer = await _http.GetStringAsync(new Uri(_address!, $"u{++_made}"), cancel);
        if (answer != "A")
        {
            throw new VoxeltronException(PeerFigure.Unavailable, $"unit {_made} answered {answer}");
        }
    }

    private async Task ReadyAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var began = Ticks.Now; _server!.IsRunning && Ticks.Seconds(began, Ticks.Now) < StartPatience.TotalSeconds; await timer.WaitForNextTickAsync(cancel))
        {
            try
            {
                if (await _http.GetStringAsync(_address, cancel) == "R")
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet, or gone: the loop's condition tells.
            }
        }

        throw new VoxeltronException(PeerFigure.Unavailable, $"workerd did not answer within {StartPatience.TotalSeconds:0} s");
    }

    private static string Config(int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        using Workerd = import "/workerd/workerd.capnp";
        const config :Workerd.Config = (
          services = [(name = "host", worker = .host)],
          sockets = [(name = "http", address = "127.0.0.1:{{port}}", http = (), service = "host")]
        );
        const host :Workerd.Worker = (
          modules = [(name = "host", esModule = embed "host.mjs")],
          compatibilityDate = "2025-06-01",
          compatibilityFlags = ["experimental"],
          bindings = [(name = "LOADER", workerLoader = (id = "units"))]
        );
        """);
}
