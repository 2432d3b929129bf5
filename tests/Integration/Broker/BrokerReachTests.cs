using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>Goal: a worker reaches what its profile grants and nothing else, whatever it does with what it was given. Method: a real broker in a made-up machine, real servers.</summary>
public sealed class BrokerReachTests : IAsyncLifetime
{
    private BrokerStand _stand = null!;

    public async Task InitializeAsync() => _stand = await BrokerStand.StartAsync("--ready", "2", "--own", "203.0.113.11");

    public async Task DisposeAsync() => await _stand.DisposeAsync();

    [BrokerFact]
    public async Task Each_profile_reaches_its_own_place_and_not_the_others()
    {
        var one = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "one");
        var two = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "two");
        _stand.WriteHosts($"{NetworkStand.One} one.example two.example");
        var worker = await _stand.WorkerAsync();
        var (_, first) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"host":"one.example","ports":[{{one}}]}]"""));
        var (_, second) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"host":"two.example","ports":[{{two}}]}]""", name: "labs"));

        var reached = await BrokerStand.ConnectAsync(worker, first, "one.example", one);
        var crossed = await BrokerStand.ConnectAsync(worker, first, "two.example", two);
        var plain = await BrokerStand.ConnectAsync(worker, first, "one.example", one, isTls: false);
        var literal = await BrokerStand.ConnectAsync(worker, first, NetworkStand.One, one);
        var other = await BrokerStand.ConnectAsync(worker, second, "two.example", two);

        Assert.Equal("one", await BrokerStand.HearAsync(reached.Socket!));
        Assert.Equal(NetworkStand.One, reached.Reply.Address);
        Assert.Equal("two", await BrokerStand.HearAsync(other.Socket!));
        Assert.All([crossed, plain, literal], static answer => Assert.Equal(BrokerCodes.Denied, answer.Reply.Code));
        Assert.NotEqual(first.Space, second.Space);
    }

    [BrokerFact]
    public async Task A_descriptor_that_is_disconnected_and_connected_elsewhere_reaches_nothing_else()
    {
        var granted = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "granted");
        var elsewhere = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.Other, "elsewhere");
        var worker = await _stand.WorkerAsync();
        // A wide network: its addresses are looked at one by one, not let through as a whole.
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"addresses":["0.0.0.0/0"],"ports":[{{granted}},{{elsewhere}}]}]"""));
        var answer = await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, granted);
        using var socket = answer.Socket!;

        NetworkStand.Disconnect(socket);
        var hasEscaped = NetworkStand.Reconnect(socket, NetworkStand.Other, elsewhere, timeoutMs: 500);
        NetworkStand.Disconnect(socket);
        var isStillGood = NetworkStand.Reconnect(socket, NetworkStand.One, granted, timeoutMs: 5000);

        Assert.False(hasEscaped);
        Assert.True(isStillGood);
    }

    [BrokerFact]
    public async Task A_name_that_leads_to_forbidden_addresses_is_refused_by_what_they_are()
    {
        var port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.Metadata, "secrets");
        var good = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "good", port);
        var worker = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"host":"claims.example","ports":[{{port}}]},{"addresses":["0.0.0.0/0"],"ports":[{{port}}]}]"""));

        async Task<BrokerReply> AskAsync(string host, params string[] addresses)
        {
            _stand.WriteHosts([.. addresses.Select(static address => address + " claims.example")]);
            return (await BrokerStand.ConnectAsync(worker, taken, host, port, timeoutMs: 2000)).Reply;
        }

        foreach (var (address, word) in ((string, string)[])
                 [
                     (NetworkStand.Metadata, "metadata"), ("127.0.0.1", "loopback"), ("::ffff:127.0.0.1", "loopback"), ("::ffff:169.254.169.254", "metadata"), ("::1", "loopback"),
                     ("0.0.0.0", "unspecified"), (NetworkStand.MachineAddress, "own"), ("203.0.113.11", "own"), ("10.213.0.0", "namespace"), ("10.213.0.3", "namespace"), ("fe80::1", "link_local"),
                 ])
        {
            var refused = await AskAsync("claims.example", address);
            Assert.True(refused.Code == BrokerCodes.AddressForbidden && refused.Reason!.Contains(word, StringComparison.Ordinal), $"{address}: {refused.Code} {refused.Reason}");
        }

        Assert.Equal(BrokerCodes.AddressForbidden, (await AskAsync(NetworkStand.Metadata)).Code);
        Assert.Equal(BrokerCodes.AddressForbidden, (await AskAsync(NetworkStand.MachineAddress)).Code);
        Assert.Equal(BrokerCodes.AddressForbidden, (await AskAsync("127.0.0.1")).Code);
        var v6 = await AskAsync("claims.example", "2001:db8::1");
        Assert.True(v6.Code == BrokerCodes.Unreachable && v6.Reason!.Contains("IPv6", StringComparison.Ordinal), $"{v6.Code} {v6.Reason}");
        // One good among bad ones is what is connected to.
        Assert.Equal(NetworkStand.One, (await AskAsync("claims.example", NetworkStand.Metadata, "2001:db8::1", NetworkStand.One)).Address);
        Assert.Equal(port, good);
    }

    [BrokerFact]
    public async Task An_address_of_the_machine_is_reached_only_by_a_grant_of_the_very_address()
    {
        var port = _stand.Network.Serve(_stand.Network.Machine, NetworkStand.MachineAddress, "api");
        var worker = await _stand.WorkerAsync();
        var (_, wide) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"addresses":["198.51.100.0/24"],"ports":[{{port}}]}]"""));
        var (_, named) = await BrokerStand.TakeAsync(worker, _stand.Profile($$"""[{"addresses":["{{NetworkStand.MachineAddress}}"],"ports":[{{port}}]}]""", name: "api"));

        var refused = await BrokerStand.ConnectAsync(worker, wide, NetworkStand.MachineAddress, port);
        var reached = await BrokerStand.ConnectAsync(worker, named, NetworkStand.MachineAddress, port);

        Assert.Equal(BrokerCodes.AddressForbidden, refused.Reply.Code);
        Assert.Equal("api", await BrokerStand.HearAsync(reached.Socket!));
    }

    [BrokerFact]
    public async Task What_does_not_answer_is_told_apart()
    {
        var worker = await _stand.WorkerAsync();
        await _stand.Network.IpAsync($"-n {_stand.Network.Outside} route add blackhole 203.0.113.99/32");
        await _stand.Network.IpAsync($"-n {_stand.Network.Outside} route add unreachable 203.0.113.98/32");
        // Without this the outside would not try to forward, and say nothing of either.
        NetworkStand.Inside($"/run/netns/{_stand.Network.Outside}", static () =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            return 0;
        });
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile("""[{"addresses":["203.0.113.0/24"],"ports":[9]},{"host":"nowhere.invalid","ports":[9]}]"""));

        Assert.Equal(BrokerCodes.ConnectRefused, (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, 9)).Reply.Code);
        Assert.Equal(BrokerCodes.ConnectTimeout, (await BrokerStand.ConnectAsync(worker, taken, "203.0.113.99", 9, timeoutMs: 300)).Reply.Code);
        Assert.Equal(BrokerCodes.Unreachable, (await BrokerStand.ConnectAsync(worker, taken, "203.0.113.98", 9)).Reply.Code);
        Assert.Contains((await BrokerStand.ConnectAsync(worker, taken, "nowhere.invalid", 9)).Reply.Code, (string[])[BrokerCodes.NameUnresolved, BrokerCodes.ConnectTimeout]);
        Assert.Equal(BrokerCodes.BadRequest, (await BrokerStand.ConnectAsync(worker, taken, "0x7f000001", 9)).Reply.Code);
        Assert.Equal(BrokerCodes.BadRequest, (await BrokerStand.ConnectAsync(worker, taken, "2130706433", 9)).Reply.Code);
    }
}
