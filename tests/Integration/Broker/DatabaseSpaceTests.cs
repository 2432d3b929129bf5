using System.Net;
using System.Net.Sockets;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>Goal: what runs in a database's namespace reaches that server and nothing else. Method: the real command in a made-up machine, real servers in it and beyond.</summary>
public sealed class DatabaseSpaceTests : IAsyncLifetime
{
    private NetworkStand _network = null!;
    private DatabaseStand _stand = null!;

    private string MachinePath => $"/run/netns/{_network.Machine}";

    public async Task InitializeAsync()
    {
        _network = await NetworkStand.MakeAsync();
        _stand = DatabaseStand.In(_network);
    }

    public async Task DisposeAsync()
    {
        await _stand.DisposeAsync();
        await _network.DisposeAsync();
    }

    [BrokerFact]
    public async Task A_server_elsewhere_is_reached_by_its_name_and_nothing_else_is()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
        var otherPort = _network.Serve(_network.Outside, NetworkStand.One, "other port");
        _network.Serve(_network.Outside, NetworkStand.Other, "other address", port);
        _network.Serve(_network.Outside, NetworkStand.Metadata, "metadata", port);
        _network.Serve(_network.Machine, NetworkStand.MachineAddress, "machine", port);
        _network.Serve(_network.Machine, "127.0.0.1", "loopback", port);
        File.WriteAllText(_stand.Names, $"{NetworkStand.One} db.example\n");

        await _stand.MakeAsync($"db.example:{port}");

        Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
        Assert.Equal($"127.0.0.1 localhost\n{NetworkStand.One} db.example\n", await File.ReadAllTextAsync(_stand.Hosts));
        Assert.Null(_stand.Hear(NetworkStand.One, otherPort));
        Assert.All(
            (string[])[NetworkStand.Other, NetworkStand.Metadata, NetworkStand.MachineAddress, "127.0.0.1", "198.51.100.2"],
            address => Assert.Null(_stand.Hear(address, port)));
    }

    [BrokerFact]
    public async Task Root_inside_who_takes_the_rules_away_still_reaches_nothing_else()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
        _network.Serve(_network.Outside, NetworkStand.Other, "elsewhere", port);
        _network.Serve(_network.Machine, NetworkStand.MachineAddress, "machine", port);
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");

        await Shell.RunAsync("nsenter", $"--net={_stand.Netns}", "nft", "flush", "ruleset");

        Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
        Assert.Null(_stand.Hear(NetworkStand.Other, port));
        Assert.Null(_stand.Hear(NetworkStand.MachineAddress, port));
    }

    [BrokerFact]
    public async Task A_machine_that_did_not_forward_forwards_nothing_but_ours()
    {
        var inner = _network.Machine[..^1] + "i";
        await _network.IpAsync($"netns add {inner}");
        try
        {
            await _network.IpAsync($"-n {_network.Machine} link add in0 type veth peer name eth0 netns {inner}");
            await _network.IpAsync($"-n {_network.Machine} addr add 192.0.2.1/24 dev in0");
            await _network.IpAsync($"-n {_network.Machine} link set in0 up");
            await _network.IpAsync($"-n {inner} addr add 192.0.2.2/24 dev eth0");
            await _network.IpAsync($"-n {inner} link set eth0 up");
            await _network.IpAsync($"-n {inner} route add default via 192.0.2.1");
            await _network.IpAsync($"-n {_network.Outside} route add 192.0.2.0/24 via {NetworkStand.MachineAddress}");
            var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
            _network.Serve(inner, "192.0.2.2", "inner", port);
            await _stand.MakeAsync($"{NetworkStand.One}:{port}");

            Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
            Assert.Null(DatabaseStand.Hear($"/run/netns/{_network.Outside}", "192.0.2.2", port));
            Assert.Null(DatabaseStand.Hear($"/run/netns/{inner}", NetworkStand.One, port));
            // It was no other reason.
            await Shell.RunAsync("nsenter", $"--net={MachinePath}", "nft", "delete", "table", "ip", "voxeltron_forwarding");
            Assert.Equal("inner", DatabaseStand.Hear($"/run/netns/{_network.Outside}", "192.0.2.2", port, timeoutMs: 5000));
        }
        finally
        {
            await _network.IpAsync($"netns del {inner}");
        }
    }

    [BrokerTheory]
    [InlineData("127.0.0.1")]
    [InlineData(NetworkStand.MachineAddress)]
    public async Task A_server_of_this_machine_sees_a_connection_of_this_machine(string address)
    {
        using var server = NetworkStand.Inside(MachinePath, () =>
        {
            var listener = new TcpListener(IPAddress.Parse(address), 0);
            listener.Start();
            return listener;
        });
        var port = ((IPEndPoint)server.LocalEndpoint).Port;
        var other = _network.Serve(_network.Machine, address, "other port");
        await _stand.MakeAsync($"{address}:{port}");
        // The command looked whether it answers.
        (await server.AcceptSocketAsync()).Dispose();

        using var client = NetworkStand.Inside(_stand.Netns, static () => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        await client.ConnectAsync(IPAddress.Parse(address), port).WaitAsync(TimeSpan.FromSeconds(10));
        using var accepted = await server.AcceptSocketAsync();

        Assert.Equal(address, ((IPEndPoint)accepted.RemoteEndPoint!).Address.ToString());
        // More than a packet of the cable, each way: both ends believe they are on a loopback, whose packets are larger.
        foreach (var (from, to) in new[] { (client, accepted), (accepted, client) })
        {
            var (sent, got) = (new byte[200_000], new byte[200_000]);
            Random.Shared.NextBytes(sent);
            var sending = from.SendAsync(sent);
            for (var at = 0; at < got.Length;)
            {
                at += await to.ReceiveAsync(got.AsMemory(at)).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            }

            await sending;
            Assert.Equal(sent, got);
        }

        Assert.Null(_stand.Hear(address, other));
    }

    [BrokerFact]
    public async Task A_name_that_leads_elsewhere_now_is_followed_under_who_runs_in_it()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "first");
        _network.Serve(_network.Outside, NetworkStand.Other, "second", port);
        File.WriteAllText(_stand.Names, $"{NetworkStand.One} db.example\n");
        await _stand.MakeAsync($"db.example:{port}");
        // Who runs in it has both mounted: the same ones must change.
        var (netns, hosts) = (await InodeAsync(_stand.Netns), await InodeAsync(_stand.Hosts));

        File.WriteAllText(_stand.Names, $"{NetworkStand.Other} db.example\n");
        await _stand.MakeAsync($"db.example:{port}");

        Assert.Equal("second", _stand.Hear(NetworkStand.Other, port, timeoutMs: 5000));
        Assert.Null(_stand.Hear(NetworkStand.One, port));
        Assert.Equal((netns, hosts), (await InodeAsync(_stand.Netns), await InodeAsync(_stand.Hosts)));
        Assert.Equal($"127.0.0.1 localhost\n{NetworkStand.Other} db.example\n", await File.ReadAllTextAsync(_stand.Hosts));
    }

    [BrokerFact]
    public async Task What_is_removed_leaves_the_machine_as_it_was()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
        const string redirects = "/proc/sys/net/ipv4/conf/all/accept_redirects";
        // A machine that believes none: the kernel begins to, when forwarding is switched off.
        NetworkStand.Inside(MachinePath, () =>
        {
            File.WriteAllText(redirects, "0");
            return 0;
        });
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");
        Assert.Equal("1", await ForwardingAsync());
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");

        var (code, said) = await _stand.TryAsync("--remove");

        Assert.Equal((0, ""), (code, said));
        Assert.False(File.Exists(_stand.Netns));
        Assert.Equal("0", await ForwardingAsync());
        Assert.Equal("0", NetworkStand.Inside(MachinePath, static () => File.ReadAllText(redirects)).Trim());
        Assert.Equal("", (await Shell.RunAsync("nsenter", $"--net={MachinePath}", "nft", "list", "ruleset")).Trim());
        Assert.DoesNotContain("vxd", await _network.IpAsync($"-n {_network.Machine} -br link"), StringComparison.Ordinal);
    }

    [BrokerFact]
    public async Task A_place_left_by_a_machine_that_started_anew_is_made_again()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");
        var link = (await _network.IpAsync($"-n {_network.Machine} -br link")).Split('\n').Single(static line => line.StartsWith("vxd", StringComparison.Ordinal)).Split('@')[0];
        // A reboot leaves at most the files.
        await _network.IpAsync($"-n {_network.Machine} link del {link}");
        await Shell.RunAsync("umount", "-l", _stand.Netns);
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");
        Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
        // The cable alone is gone: nobody inside had anything left to lose.
        await _network.IpAsync($"-n {_network.Machine} link del {link}");
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");
        Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
        // The mount alone is gone, and somebody is at the other end.
        using var held = File.OpenHandle(_stand.Netns);
        await Shell.RunAsync("umount", "-l", _stand.Netns);
        var (code, said) = await _stand.TryAsync("--server", $"{NetworkStand.One}:{port}");
        Assert.Equal(3, code);
        Assert.StartsWith("database_space_lost: ", said, StringComparison.Ordinal);
        Assert.Equal((0, ""), await _stand.TryAsync("--remove"));
        await _stand.MakeAsync($"{NetworkStand.One}:{port}");
        Assert.Equal("database", _stand.Hear(NetworkStand.One, port, timeoutMs: 5000));
    }

    [BrokerFact]
    public async Task A_firewall_in_between_is_told_from_a_server_that_is_away()
    {
        var port = _network.Serve(_network.Outside, NetworkStand.One, "database");
        var (awayCode, away) = await _stand.TryAsync("--server", $"{NetworkStand.Other}:{port}");
        await Shell.RunAsync("nsenter", $"--net={MachinePath}", "nft", "table inet strict { chain forward { type filter hook forward priority 10; policy drop; }; }");
        var (walledCode, walled) = await _stand.TryAsync("--server", $"{NetworkStand.One}:{port}");

        Assert.Equal(0, awayCode);
        Assert.Contains("does not answer now", away, StringComparison.Ordinal);
        Assert.Equal(3, walledCode);
        Assert.StartsWith("database_unreachable: ", walled, StringComparison.Ordinal);
        Assert.Contains("a firewall of this machine must let link vxd", walled, StringComparison.Ordinal);
    }

    [BrokerTheory]
    [InlineData(2, "broker_options", "--server", "db.example")]
    [InlineData(2, "broker_options", "--server", "db example:5432")]
    [InlineData(2, "broker_options", "--server", "db.example:70000")]
    [InlineData(2, "broker_options", "--remove", "--server", "db.example:5432")]
    [InlineData(2, "broker_options", "--sever", "db.example:5432")]
    [InlineData(2, "broker_options", "--server", "db.example:5432", "--range", "10.0.0.0/24")]
    [InlineData(3, "name_unresolved", "--server", "no-such-name.invalid:5432")]
    [InlineData(3, "name_unresolved", "--server", "[2001:db8::1]:5432")]
    public async Task What_cannot_be_is_refused_by_name(int code, string name, params string[] arguments)
    {
        var (was, said) = await _stand.TryAsync(arguments);
        Assert.Equal(code, was);
        Assert.StartsWith(name + ": ", said, StringComparison.Ordinal);
    }

    private static async Task<string> InodeAsync(string path) => (await Shell.RunAsync("stat", "-c", "%d:%i", path)).Trim();

    private async Task<string> ForwardingAsync() => (await Shell.RunAsync("nsenter", $"--net={MachinePath}", "cat", "/proc/sys/net/ipv4/ip_forward")).Trim();
}
