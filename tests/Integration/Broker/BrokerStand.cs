using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Voxeltron.CellWorker;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>A real broker in a machine of its own.</summary>
internal sealed class BrokerStand : IAsyncDisposable
{
    public const string Tenant = "acme";

    private readonly string _directory = Directory.CreateTempSubdirectory("vxb").FullName;
    private readonly Ed25519Signer _operator = Signer();
    private readonly List<string> _said = [];
    private readonly List<BrokerConnection> _workers = [];
    private readonly string[] _options;
    private Process? _process;
    private int _written;

    private readonly bool _hasNameServer;

    private BrokerStand(NetworkStand network, bool hasNameServer, string[] options) => (Network, _hasNameServer, _options) = (network, hasNameServer, options);

    public NetworkStand Network { get; }

    public string SocketPath => Path.Combine(_directory, "broker.sock");

    private string Resolver => Path.Combine(_directory, "resolv.conf");

    private string Hosts => Path.Combine(_directory, "hosts");

    public string Withdrawn => Path.Combine(_directory, "withdrawn");

    public int ProcessId => _process!.Id;

    public static Task<BrokerStand> StartAsync(params string[] options) => StartAsync(hasNameServer: false, options);

    /// <param name="hasNameServer">The broker's machine asks <see cref="NetworkStand.NameServer"/>, and nobody else, for what names lead to.</param>
    /// <param name="options">The broker's.</param>
    public static async Task<BrokerStand> StartAsync(bool hasNameServer, params string[] options)
    {
        var stand = new BrokerStand(await NetworkStand.MakeAsync(), hasNameServer, options);
        File.WriteAllText(stand.Resolver, $"nameserver {NetworkStand.NameServer}\noptions timeout:2 attempts:2\n");
        File.WriteAllText(Path.Combine(stand._directory, "operator.pub"), Convert.ToBase64String(stand._operator.PublicKey) + "\n");
        await stand.RunAsync();
        return stand;
    }

    public static Ed25519Signer Signer() => new(System.Security.Cryptography.RandomNumberGenerator.GetBytes(32));

    public async Task RunAsync()
    {
        string[] own = ["--socket", SocketPath, "--keys", Path.Combine(_directory, "operator.pub"), "--hosts", Hosts, "--withdrawn", Withdrawn, "--state", Path.Combine(_directory, "serials")];
        _process = new Process
        {
            StartInfo = new ProcessStartInfo("ip", ["netns", "exec", Network.Machine, .. Asking(), .. Launched.BrokerPrefix(_directory, Keys()), "dotnet", "exec", BuiltFiles.Program("Broker", "Voxeltron.Broker"), .. own, .. _options])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var before = Said("\"ready\"");
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilAsync(() => Said("\"ready\"") > before, "the broker is ready");
    }

    private IEnumerable<string> Keys() => _options.Zip(_options.Skip(1)).Where(static pair => pair.First == "--keys").Select(static pair => pair.Second);

    /// <summary>Each time of another length: two within one tick of the clock are told apart too.</summary>
    public void WriteHosts(params string[] lines) => File.WriteAllLines(Hosts, [.. lines, new string('#', ++_written)]);

    public int Said(string text)
    {
        lock (_said)
        {
            return _said.Count(line => line.Contains(text, StringComparison.Ordinal));
        }
    }

    /// <summary>Waits for the state; what the broker said is in the failure.</summary>
    public Task UntilAsync(Func<bool> isSo, string what) => UntilAsync(() => Task.FromResult(isSo()), what);

    public async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(15))
            {
                lock (_said)
                {
                    throw new TimeoutException($"Waited in vain until {what}. The broker said:\n{string.Join('\n', _said.TakeLast(30))}");
                }
            }

            await pace.WaitForNextTickAsync();
        }
    }

    public string Tail()
    {
        lock (_said)
        {
            return string.Join('\n', _said.TakeLast(30));
        }
    }

    public async Task<BrokerConnection> WorkerAsync()
    {
        var worker = new BrokerConnection(SocketPath);
        _workers.Add(worker);
        await UntilAsync(() => worker.Epoch != 0, "the worker is connected");
        return worker;
    }

    /// <param name="grants">As in the document.</param>
    public (string Digest, JsonElement Envelope) Profile(string grants, string name = "claims", int serial = 1, string notAfter = "2099-01-01T00:00:00Z", ISigner? signer = null)
    {
        var document = $$"""{"egress":"v1","name":"{{name}}","tenant":"{{Tenant}}","not_after":"{{notAfter}}","serial":{{serial}},"grants":{{grants}}}""";
        var credential = EgressCredential.Sign(Encoding.UTF8.GetBytes(document), signer ?? _operator);
        return (credential.Digest, JsonDocument.Parse(credential.ToJson()).RootElement.Clone());
    }

    /// <summary>Declared and taken.</summary>
    public static async Task<(string Digest, BrokerReply Taken)> TakeAsync(BrokerConnection worker, (string Digest, JsonElement Envelope) profile)
    {
        var declared = await worker.DeclareAsync(profile.Digest, profile.Envelope, default);
        if (declared.Code is not null)
        {
            throw new InvalidOperationException($"{declared.Code}: {declared.Reason}");
        }

        return (profile.Digest, await AskTakeAsync(worker, profile.Digest));
    }

    public static async Task<BrokerReply> AskTakeAsync(BrokerConnection worker, string digest) =>
        (await worker.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = digest }, default)).Reply;

    public static async Task<BrokerReply> ReleaseAsync(BrokerConnection worker, BrokerReply taken) =>
        (await worker.AskAsync(new BrokerRequest(0, BrokerProtocol.Release) { Space = taken.Space, Generation = taken.Generation }, default)).Reply;

    public static Task<BrokerAnswer> ConnectAsync(BrokerConnection worker, BrokerReply taken, string host, int port, bool isTls = true, int timeoutMs = 3000) => worker.AskAsync(
        new BrokerRequest(0, BrokerProtocol.Connect) { Space = taken.Space, Generation = taken.Generation, Host = host, Port = port, Tls = isTls, TimeoutMs = timeoutMs }, default);

    /// <summary>What the other end says first.</summary>
    public static async Task<string> HearAsync(Socket socket)
    {
        var buffer = new byte[256];
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, SocketFlags.None, time.Token));
    }

    /// <summary>The way into a namespace of the broker, by what it has open.</summary>
    public string PathOf(int space)
    {
        var address = AddressOf(space);
        var own = File.ResolveLinkTarget($"/proc/{ProcessId}/ns/net", false)!.Name;
        foreach (var file in Directory.GetFiles($"/proc/{ProcessId}/fd"))
        {
            try
            {
                if (File.ResolveLinkTarget(file, false)?.Name is { } target && target.StartsWith("net:[", StringComparison.Ordinal) && target != own
                    && NetworkStand.Inside(file, static () => File.ReadAllText("/proc/thread-self/net/fib_trie")).Contains(address, StringComparison.Ordinal))
                {
                    return file;
                }
            }
            catch (IOException)
            {
                // It was closed between the list and the look.
            }
        }

        throw new InvalidOperationException($"The broker has no namespace with {address}.");
    }

    public static string AddressOf(int space) => string.Create(CultureInfo.InvariantCulture, $"10.213.{((space * 2) + 1) / 256}.{((space * 2) + 1) % 256}");

    /// <summary>One that ends it.</summary>
    public async Task SignalAsync(string signal)
    {
        await KillAsync(signal);
        await _process!.WaitForExitAsync();
    }

    /// <summary>It stands still, and its sockets with it, until what is returned is disposed.</summary>
    public async Task<IAsyncDisposable> StallAsync()
    {
        await KillAsync("STOP");
        return new Stall(this);
    }

    private async Task KillAsync(string signal) => await Voxeltron.Tests.Support.Shell.RunAsync("sh", "-c", "kill -s \"$0\" \"$1\"", signal, ProcessId.ToString(CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        if (!_process!.HasExited)
        {
            await SignalAsync("TERM");
        }

        _process.Dispose();
        _operator.Dispose();
        await Network.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>"ip netns exec" has made a mount namespace of its own: what is mounted there is seen by the broker alone.</summary>
    private string[] Asking() => _hasNameServer ? ["sh", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"", Resolver] : [];

    private void Hear(string? line)
    {
        if (line is not null)
        {
            lock (_said)
            {
                _said.Add(line);
            }
        }
    }

    private sealed class Stall(BrokerStand stand) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => new(stand.KillAsync("CONT"));
    }
}
