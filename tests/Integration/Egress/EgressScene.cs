using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Ultra;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// A fabric whose machine has a broker, and a world outside with real HTTP servers. The broker's machine and the world are namespaces of the
/// test; the workers run behind walls, on the real one, and reach nothing but the database and the broker.
/// </summary>
internal sealed class EgressScene : IAsyncDisposable
{
    public const string One = NetworkStand.One;
    public const string Other = NetworkStand.Other;

    private const uint Nobody = 65_534;

    private readonly RunningFabric _fabric;
    private readonly BrokerStand? _broker;
    private readonly List<WebApplication> _servers = [];
    private readonly Dictionary<string, string> _hosts = [];
    private string? _module;

    private EgressScene(RunningFabric fabric, BrokerStand? broker) => (_fabric, _broker) = (fabric, broker);

    public BrokerStand Broker => _broker ?? throw new InvalidOperationException("This scene has no broker.");

    /// <summary>Of a machine that cannot have one; any can be that.</summary>
    public static EgressScene WithoutBroker(RunningFabric fabric) => new(fabric, null);

    /// <param name="hasNameServer">Names are what <see cref="NetworkStand.NameServer"/> says; else what <see cref="Name"/> says.</param>
    /// <param name="options">The broker's.</param>
    public static async Task<EgressScene> StartAsync(RunningFabric fabric, bool hasNameServer = false, params string[] options)
    {
        if (options.Length == 0)
        {
            options = ["--ready", "4"];
        }

        var broker = await BrokerStand.StartAsync(
            hasNameServer, ["--keys", fabric.State.Paths.Operators, "--allow-uid", Nobody.ToString(CultureInfo.InvariantCulture), .. options]);
        File.SetUnixFileMode(Path.GetDirectoryName(broker.SocketPath)!, Launched.Passable);
        return new EgressScene(fabric, broker);
    }

    public Task<ChildProcess> StartWorkerAsync(params (string Name, string Value)[] settings) => StartWorkerAsync([], settings);

    public Task<ChildProcess> StartWorkerAsync(string[] around, params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(static one => one.Name, static one => one.Value);
        all["VOXELTRON_WORKER__BROKER_SOCKET"] = Broker.SocketPath;
        return _fabric.StartWorkerAsync(all, around);
    }

    /// <summary>A server in the world outside.</summary>
    /// <param name="certificate">Null: plain http.</param>
    public async Task<int> ServeAsync(string address, RequestDelegate answer, X509Certificate2? certificate = null)
    {
        var listener = NetworkStand.Inside($"/run/netns/{Broker.Network.Outside}", () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            socket.Listen();
            return socket;
        });
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        // Kestrel owns it from here on.
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        var descriptor = (ulong)listener.SafeHandle.DangerousGetHandle();
        listener.SafeHandle.SetHandleAsInvalid();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenHandle(descriptor, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        _servers.Add(app);
        return port;
    }

    /// <summary>What a name leads to, from now on.</summary>
    public void Name(string host, params string[] addresses)
    {
        _hosts[host] = string.Join('\n', addresses.Select(address => $"{address} {host}"));
        Broker.WriteHosts([.. _hosts.Values]);
    }

    /// <param name="grants">As in the document.</param>
    public string Sign(string grants, string name = "claims", int serial = 1, string notAfter = "2099-01-01T00:00:00Z", string tenant = RunningFabric.TenantName, string limits = "{}", ISigner? signer = null, string? trust = null)
    {
        var own = signer ?? _fabric.State.Signer(FabricKey.Operator);
        var document = $$"""{"egress":"v1","name":"{{name}}","tenant":"{{tenant}}","not_after":"{{notAfter}}","serial":{{serial}},"limits":{{limits}},"grants":{{grants}}{{(trust is null ? "" : $",\"trust\":{JsonSerializer.Serialize(trust)}")}}}""";
        return Encoding.UTF8.GetString(EgressCredential.Sign(Encoding.UTF8.GetBytes(document), own).ToJson());
    }

    /// <param name="egress">Null: the profile has none.</param>
    public async Task<MissionId> OpenAsync(string name, string? egress, bool expectsRefusal = false, string module = "fetch", string options = "")
    {
        _module ??= await _fabric.RegisterAsync(module, BuiltFiles.Guest(module));
        var mission = await _fabric.OpenAsync(Spec(_module, name, egress).Replace("\"inputs\":", options + "\"inputs\":", StringComparison.Ordinal), wait: expectsRefusal ? 0 : 20);
        if (!expectsRefusal)
        {
            await _fabric.UntilAsync("A mission with egress", "to be open", () => StatusAsync(mission), static status => status == "open");
        }

        return mission;
    }

    public Task<string> StatusAsync(MissionId mission) => OfMissionAsync(mission, "status");

    public async Task<string> OfMissionAsync(MissionId mission, string member)
    {
        var found = await _fabric.GetAsync($"/v1/missions/{mission}");
        return found.TryGetProperty(member, out var value) ? value.ToString() : "";
    }

    /// <summary>What a task that has ended was told, in order of its tickets, behind what it could not begin.</summary>
    public async Task<IReadOnlyList<string>> ResultAsync(MissionId mission, string item)
    {
        await _fabric.UntilAsync(
            $"Task fetch/{item}", "to complete",
            () => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_key = 'fetch/{item}' and status = 'completed'"),
            static ended => ended == 1);
        var said = await _fabric.RowsAsync($"""
            select m ->> 'name', m -> 'value' ->> 'text' from journal.entry e, json_array_elements(convert_from(e.payload, 'UTF8')::json -> 'emits') m
             where e.stream_id = '{mission.Value}' and e.kind = 'action' and e.body::json ->> 'task' = 'fetch/{item}' order by e.seq
            """);
        return [.. said.Where(static one => one.StartsWith("reply|", StringComparison.Ordinal) || one.StartsWith("begun|", StringComparison.Ordinal) && one.Split(' ')[1].StartsWith('-'))
            .Select(static one => one[(one.IndexOf('|') + 1)..])
            .Distinct()
            .OrderBy(static line => Math.Max(0, int.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture)))];
    }

    public async Task<IReadOnlyList<string>> RunAsync(MissionId mission, string item, string commands)
    {
        await _fabric.SubmitAsync(mission, item, Encoding.UTF8.GetBytes(commands));
        return await ResultAsync(mission, item);
    }

    public async Task EndAsync(MissionId mission)
    {
        await _fabric.CloseAsync(mission);
        await _fabric.UntilAsync("The mission", "to end", () => StatusAsync(mission), static status => status == "completed");
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }

    private static string Spec(string module, string name, string? egress) => $$$"""
        {"spec": "v1", "name": "{{{name}}}", "inputs": {"requests": {}}, "profiles": {"default": {{{Profile(egress)}}}},
         "tables": [{"name": "fetched", "scope": "cell", "key": ["n"], "columns": [
           {"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"}, {"name": "left", "type": "int64"}, {"name": "url", "type": "text"}, {"name": "line", "type": "text"}]}],
         "tasks": [{"id": "fetch", "map": "requests", "module": "{{{module}}}", "retry": {"max_attempts": 5, "backoff_ms": 10}}]}
        """;

    private static string Profile(string? egress) => egress is null ? "{}" : $"{{\"egress\": {egress}}}";
}
