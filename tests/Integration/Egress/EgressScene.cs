using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
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
internal sealed class EgressScene(RunningFabric fabric, BrokerStand broker) : IAsyncDisposable
{
    public const string One = NetworkStand.One;
    public const string Other = NetworkStand.Other;

    private const uint Nobody = 65_534;

    private readonly List<WebApplication> _servers = [];
    private readonly Dictionary<string, string> _hosts = [];
    private string? _module;

    public BrokerStand Broker => broker;

    public static async Task<EgressScene> StartAsync(RunningFabric fabric)
    {
        var broker = await BrokerStand.StartAsync(
            "--keys", fabric.State.Paths.Operators, "--allow-uid", Nobody.ToString(CultureInfo.InvariantCulture), "--ready", "4");
        File.SetUnixFileMode(Path.GetDirectoryName(broker.SocketPath)!, Launched.Passable);
        return new EgressScene(fabric, broker);
    }

    public Task<ChildProcess> StartWorkerAsync(params (string Name, string Value)[] settings)
    {
        var all = settings.ToDictionary(static one => one.Name, static one => one.Value);
        all["VOXELTRON_WORKER__BROKER_SOCKET"] = broker.SocketPath;
        return fabric.StartWorkerAsync(all);
    }

    /// <summary>A server in the world outside.</summary>
    public async Task<int> ServeAsync(string address, RequestDelegate answer)
    {
        var listener = NetworkStand.Inside($"/run/netns/{broker.Network.Outside}", () =>
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
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenHandle(descriptor));
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
        broker.WriteHosts([.. _hosts.Values]);
    }

    /// <param name="grants">As in the document.</param>
    public string Sign(string grants, string name = "claims", int serial = 1, string notAfter = "2099-01-01T00:00:00Z", string tenant = RunningFabric.TenantName, string limits = "{}", ISigner? signer = null)
    {
        var own = signer ?? fabric.State.Signer(FabricKey.Operator);
        var document = $$"""{"egress":"v1","name":"{{name}}","tenant":"{{tenant}}","not_after":"{{notAfter}}","serial":{{serial}},"limits":{{limits}},"grants":{{grants}}}""";
        return Encoding.UTF8.GetString(EgressCredential.Sign(Encoding.UTF8.GetBytes(document), own).ToJson());
    }

    public async Task<MissionId> OpenAsync(string name, string egress, bool expectsRefusal = false, string module = "fetch")
    {
        _module ??= await fabric.RegisterAsync(module, BuiltFiles.Guest(module));
        var mission = await fabric.OpenAsync(Spec(_module, name, egress), wait: expectsRefusal ? 0 : 20);
        if (!expectsRefusal)
        {
            await fabric.UntilAsync("A mission with egress", "to be open", () => StatusAsync(mission), static status => status == "open");
        }

        return mission;
    }

    public Task<string> StatusAsync(MissionId mission) => OfMissionAsync(mission, "status");

    public async Task<string> OfMissionAsync(MissionId mission, string member)
    {
        var found = await fabric.GetAsync($"/v1/missions/{mission}");
        return found.TryGetProperty(member, out var value) ? value.ToString() : "";
    }

    /// <summary>What a task that has ended was told, in order of its tickets, behind what it could not begin.</summary>
    public async Task<IReadOnlyList<string>> ResultAsync(MissionId mission, string item)
    {
        await fabric.UntilAsync(
            $"Task fetch/{item}", "to complete",
            () => fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_key = 'fetch/{item}' and status = 'completed'"),
            static ended => ended == 1);
        var said = await fabric.RowsAsync($"""
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
        await fabric.SubmitAsync(mission, item, Encoding.UTF8.GetBytes(commands));
        return await ResultAsync(mission, item);
    }

    public async Task EndAsync(MissionId mission)
    {
        await fabric.CloseAsync(mission);
        await fabric.UntilAsync("The mission", "to end", () => StatusAsync(mission), static status => status == "completed");
        await fabric.AssertCleanAsync();
        await fabric.AssertReplaysAsync(mission);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await broker.DisposeAsync();
    }

    private static string Spec(string module, string name, string egress) => $$$"""
        {"spec": "v0-draft", "name": "{{{name}}}", "inputs": {"requests": {}}, "profiles": {"default": {"egress": {{{egress}}}}},
         "tables": [{"name": "fetched", "scope": "cell", "key": ["n"], "columns": [
           {"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"}, {"name": "left", "type": "int64"}, {"name": "url", "type": "text"}, {"name": "line", "type": "text"}]}],
         "tasks": [{"id": "fetch", "map": "requests", "module": "{{{module}}}", "retry": {"max_attempts": 5}}]}
        """;
}
