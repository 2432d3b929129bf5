using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// Goal: however a forbidden address is written, and whenever a name begins to lead to one, no cell reaches it and the log says by which wall.
/// Method: real cells and processes; the broker's machine asks a real DNS server of the test; the forbidden places are listened at, and hear nothing.
/// </summary>
public sealed class EgressNamesTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const string Name = "turning.test";

    private readonly RunningFabric _fabric = fixture.Fabric;
    private readonly List<Socket> _forbidden = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _forbidden.ForEach(static one => one.Dispose());
        await _fabric.KillWorkersAsync();
    }

    [BrokerFact]
    public async Task A_name_that_is_answered_otherwise_the_second_time_is_asked_once_and_then_refused()
    {
        await using var scene = await EgressScene.StartAsync(_fabric, hasNameServer: true);
        await using var names = new NameServer(scene.Broker.Network.Machine);
        var port = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("yes"));
        ListenWhereNobodyMay(scene, port);
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("rebound", scene.Sign($$"""[{"host":"{{Name}}","ports":[{{port}}],"plain":true}]"""));
        var command = $"GET http://{Name}:{port}/ tag=a";

        foreach (var forbidden in (string[])["127.0.0.1", NetworkStand.Metadata, NetworkStand.MachineAddress, "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"])
        {
            // Good when it is checked, and forbidden for whoever asks again.
            names.Say(Name, [EgressScene.One], [forbidden]);
            var item = Convert.ToHexStringLower(IPAddress.Parse(forbidden).GetAddressBytes());
            Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, $"{item}-1", command));
            Assert.Equal(1, names.Asked(Name));
            Assert.Equal(["a 1 address_forbidden 0 - "], await scene.RunAsync(mission, $"{item}-2", command));
            Assert.Equal(2, names.Asked(Name));
        }

        // One good among bad ones is what is connected to.
        names.Say(Name, [NetworkStand.Metadata, "127.0.0.1", EgressScene.One, "::1"]);
        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "among", command));
        names.Say(Name, [[]]);
        Assert.Equal(["a 1 name_unresolved 0 - "], await scene.RunAsync(mission, "nowhere", command));
        await scene.EndAsync(mission);
        Assert.Equal(
            ["address_forbidden||6", "name_unresolved||1", $"replied|{EgressScene.One}|7"],
            await _fabric.AuditRowsAsync($"select outcome, address, count(*) from audit.egress where mission_id = '{mission.Value}' group by 1, 2 order by 1"));
        AssertNobodyCame();
    }

    [BrokerFact]
    public async Task An_address_is_contained_however_it_is_written()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var port = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("yes"));
        ListenWhereNobodyMay(scene, port);
        await scene.StartWorkerAsync();
        // Everything there is: what holds now is what no network may grant by accident.
        var mission = await scene.OpenAsync("written", scene.Sign($$"""[{"addresses":["0.0.0.0/0","::/0"],"ports":[{{port}}],"plain":true}]"""));
        (string Host, string Outcome)[] hosts =
        [
            // Not granted, by what they are: refused in the call.
            ("127.0.0.1", "-11"), ("127.255.255.254", "-11"), ("0.0.0.0", "-11"), ("169.254.169.254", "-11"), ("168.63.129.16", "-11"), ("224.0.0.1", "-11"), ("255.255.255.255", "-11"),
            ("[::1]", "-11"), ("[0:0:0:0:0:0:0:1]", "-11"), ("[::]", "-11"), ("[fe80::1]", "-11"), ("[fd00:ec2::254]", "-11"), ("[ff02::1]", "-11"),
            // IPv4 in the clothes of IPv6: mapped, compatible, translated, 6to4, Teredo.
            ("[::ffff:127.0.0.1]", "-11"), ("[::ffff:7f00:1]", "-11"), ("[0:0:0:0:0:ffff:7f00:0001]", "-11"), ("[::ffff:169.254.169.254]", "-11"), ("[::ffff:a9fe:a9fe]", "-11"),
            ("[::127.0.0.1]", "-11"), ("[64:ff9b::127.0.0.1]", "-11"), ("[64:ff9b::a9fe:a9fe]", "-11"), ("[2002:7f00:1::]", "-11"), ("[2001:0:7f00:1::]", "-11"),
            // Numbers that are an address to a C library and a name to nobody: refused as no URL.
            ("2130706433", "-8"), ("0x7f000001", "-8"), ("0x7f.0.0.1", "-8"), ("0177.0.0.1", "-8"), ("017700000001", "-8"), ("127.1", "-8"), ("127.0.1", "-8"), ("0", "-8"),
            ("0251.0376.0251.0376", "-8"), ("2852039166", "-8"), ("0xa9fea9fe", "-8"), ("169.254.43518", "-8"), ("127.0.0.1.", "-8"), ("[::1%25lo]", "-8"), ("[::ffff:0177.0.0.1]", "-8"), ("127.0.0.1@203.0.113.10", "-8"),
            // Granted by their network, and the broker knows better: this machine's own, a namespace's.
            (NetworkStand.MachineAddress, BrokerCodes.AddressForbidden), ($"[::ffff:{NetworkStand.MachineAddress}]", BrokerCodes.AddressForbidden), ("10.213.0.0", BrokerCodes.AddressForbidden), ("10.213.0.1", BrokerCodes.AddressForbidden),
            // An ordinary one, and namespaces speak IPv4 alone.
            ("[2001:db8::1]", BrokerCodes.Unreachable), ("[2001:DB8:0::0001]", BrokerCodes.Unreachable),
            (EgressScene.One, "200"), ($"[::ffff:{EgressScene.One}]", "200"), ("[::FFFF:cb00:710a]", "200"),
        ];
        // So many in one event would be more than one cell may have under way.
        foreach (var (some, at) in hosts.Chunk(12).Select(static (some, at) => (some, at)))
        {
            var said = await scene.RunAsync(mission, $"c-{at}", string.Join('\n', some.Select((one, i) => $"GET http://{one.Host}:{port}/ tag={i:D2}")));
            Assert.Equal(
                some.Select(static (one, i) => $"{i:D2} {one.Host} {one.Outcome}"),
                said.Select(line => line.Split(' ')).Select(words => $"{words[0]} {some[int.Parse(words[0])].Host} {(words.Length > 2 ? words[2] : words[1])}").Order());
        }

        await scene.EndAsync(mission);
        AssertNobodyCame();
        Assert.Equal(
            [$"{BrokerCodes.AddressForbidden}|4", $"{BrokerCodes.Unreachable}|2", "replied|3"],
            await _fabric.AuditRowsAsync($"select outcome, count(*) from audit.egress where mission_id = '{mission.Value}' group by 1 order by 1"));
        Assert.Equal(
            [$"{hosts.Count(static one => one.Outcome == "-11")}"],
            await _fabric.AuditRowsAsync($"select sum(denied) from audit.denied_call where mission_id = '{mission.Value}'"));
    }

    /// <summary>The same port on this machine, on its loopback and at the metadata service.</summary>
    private void ListenWhereNobodyMay(EgressScene scene, int port)
    {
        foreach (var (netns, address) in (List<(string, string)>)
        [
            (scene.Broker.Network.Machine, "127.0.0.1"), (scene.Broker.Network.Machine, NetworkStand.MachineAddress), (scene.Broker.Network.Machine, "::1"), (scene.Broker.Network.Outside, NetworkStand.Metadata),
        ])
        {
            _forbidden.Add(NetworkStand.Inside($"/run/netns/{netns}", () =>
            {
                var listener = new Socket(IPAddress.Parse(address).AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                listener.Bind(new IPEndPoint(IPAddress.Parse(address), port));
                listener.Listen();
                return listener;
            }));
        }
    }

    /// <summary>A connection that was made waits to be accepted, whoever made it and however long ago.</summary>
    private void AssertNobodyCame() => Assert.All(_forbidden, static one => Assert.False(one.Poll(0, SelectMode.SelectRead), $"{one.LocalEndPoint} was connected to"));
}
