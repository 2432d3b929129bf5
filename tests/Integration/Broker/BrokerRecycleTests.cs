using System.Net;
using System.Net.Sockets;
using Voxeltron.Kernel;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>Goal: nothing of one use of a namespace is left for the next, and no namespace reaches another. Method: a broker with one or two namespaces, looked into from outside.</summary>
public sealed class BrokerRecycleTests : IAsyncLifetime
{
    private BrokerStand _stand = null!;
    private int _port;

    private string Grants => $$"""[{"addresses":["203.0.113.0/24"],"ports":[{{_port}}]}]""";

    public async Task InitializeAsync()
    {
        _stand = await BrokerStand.StartAsync("--ready", "1", "--spaces", "2");
        _port = _stand.Network.Serve(_stand.Network.Outside, NetworkStand.One, "here");
    }

    public async Task DisposeAsync() => await _stand.DisposeAsync();

    [BrokerFact]
    public async Task A_namespace_that_was_released_is_as_new()
    {
        var worker = await _stand.WorkerAsync();
        var (digest, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        var answer = await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, _port);
        Assert.Equal("here", await BrokerStand.HearAsync(answer.Socket!));
        var inside = _stand.PathOf(taken.Space!.Value);
        Assert.NotEqual("0", await TrackedAsync(inside));
        Assert.Contains(NetworkStand.One, await ReachedAsync(inside));
        Assert.Contains(BrokerStand.AddressOf(taken.Space!.Value), await MachineConnectionsAsync());

        Assert.Null((await BrokerStand.ReleaseAsync(worker, taken)).Code);

        // The descriptor is dead though it is open here.
        var failed = await Assert.ThrowsAsync<SocketException>(() => BrokerStand.HearAsync(answer.Socket!));
        Assert.Equal(SocketError.ConnectionAborted, failed.SocketErrorCode);
        answer.Socket!.Dispose();
        BrokerReply? again = null;
        await _stand.UntilAsync(
            async () =>
            {
                // There are two, and one that is being cleaned is nobody's for a moment.
                if (again is { Code: null })
                {
                    await BrokerStand.ReleaseAsync(worker, again);
                }

                again = await BrokerStand.AskTakeAsync(worker, digest);
                return again.Space == taken.Space;
            },
            "the first is given out once more");

        Assert.Equal(taken.Space, again!.Space);
        Assert.NotEqual(taken.Generation, again.Generation);
        Assert.Equal(inside, _stand.PathOf(taken.Space!.Value));
        Assert.Equal("0", await TrackedAsync(inside));
        Assert.DoesNotContain(NetworkStand.One, await ReachedAsync(inside));
        Assert.DoesNotContain(BrokerStand.AddressOf(taken.Space!.Value), await MachineConnectionsAsync());
    }

    [BrokerFact]
    public async Task A_namespace_whose_descriptor_is_kept_is_given_to_nobody()
    {
        var worker = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        using var kept = (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, _port)).Socket!;
        // Connected to nothing it is in none of the tables that say what to end.
        NetworkStand.Disconnect(kept);

        await BrokerStand.ReleaseAsync(worker, taken);
        await _stand.UntilAsync(() => _stand.Said("space_held") == 1, "the broker says that one is held");

        Assert.False(NetworkStand.Reconnect(kept, NetworkStand.One, _port, timeoutMs: 500));
    }

    [BrokerFact]
    public async Task An_old_generation_and_anothers_namespace_are_stale()
    {
        var worker = await _stand.WorkerAsync();
        var stranger = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        var (_, theirs) = await BrokerStand.TakeAsync(stranger, _stand.Profile(Grants));

        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ConnectAsync(worker, theirs, NetworkStand.One, _port)).Reply.Code);
        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ReleaseAsync(worker, theirs)).Code);
        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ConnectAsync(worker, taken with { Generation = taken.Generation - 1 }, NetworkStand.One, _port)).Reply.Code);
        Assert.Null((await BrokerStand.ReleaseAsync(worker, taken)).Code);
        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ConnectAsync(worker, taken, NetworkStand.One, _port)).Reply.Code);
        Assert.Equal(BrokerCodes.Stale, (await BrokerStand.ReleaseAsync(worker, taken)).Code);
    }

    [BrokerFact]
    public async Task A_release_ends_a_connection_that_is_being_made()
    {
        await _stand.Network.IpAsync($"-n {_stand.Network.Outside} route add blackhole 203.0.113.99/32");
        var worker = await _stand.WorkerAsync();
        var (_, taken) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        var connecting = BrokerStand.ConnectAsync(worker, taken, "203.0.113.99", _port, timeoutMs: 30_000);

        await BrokerStand.ReleaseAsync(worker, taken);

        Assert.Equal(BrokerCodes.Stale, (await connecting.WaitAsync(TimeSpan.FromSeconds(10))).Reply.Code);
    }

    [BrokerFact]
    public async Task With_all_taken_the_next_is_refused_until_one_comes_back_or_a_worker_dies()
    {
        var worker = await _stand.WorkerAsync();
        var doomed = await _stand.WorkerAsync();
        var profile = _stand.Profile(Grants);
        var (digest, _) = await BrokerStand.TakeAsync(worker, profile);
        var (_, last) = await BrokerStand.TakeAsync(doomed, profile);
        Assert.Null(last.Code);
        Assert.Equal(BrokerCodes.NoSpace, (await BrokerStand.AskTakeAsync(worker, digest)).Code);

        await doomed.DisposeAsync();

        BrokerReply? given = null;
        await _stand.UntilAsync(async () => (given = await BrokerStand.AskTakeAsync(worker, digest)).Code is null, "what the dead worker had is given out");
        Assert.Equal(last.Space, given!.Space);
        Assert.NotEqual(last.Generation, given.Generation);
    }

    [BrokerFact]
    public async Task Namespaces_reach_neither_each_other_nor_the_world_by_an_address_of_another()
    {
        var worker = await _stand.WorkerAsync();
        var (_, one) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants));
        var (_, two) = await BrokerStand.TakeAsync(worker, _stand.Profile(Grants, name: "labs"));
        var (first, second) = (_stand.PathOf(one.Space!.Value), _stand.PathOf(two.Space!.Value));
        // Their own rules gone: what holds now are the machine's.
        await Shell.RunAsync("nsenter", $"--net={first}", "nft", "delete", "table", "inet", "vx");
        await Shell.RunAsync("nsenter", $"--net={second}", "nft", "delete", "table", "inet", "vx");
        await Shell.RunAsync("nsenter", $"--net={first}", "ip", "addr", "add", "10.213.77.7/32", "dev", "eth0");
        using var listening = NetworkStand.Inside(second, static () =>
        {
            var listener = new TcpListener(IPAddress.Any, 0);
            listener.Start();
            return listener;
        });

        bool Reach(string? source, string target, int port) => NetworkStand.Inside(first, () =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(source is null ? IPAddress.Any : IPAddress.Parse(source), 0));
            socket.Blocking = false;
            return NetworkStand.Reconnect(socket, target, port, timeoutMs: 500);
        });

        Assert.True(Reach(null, NetworkStand.One, _port));
        Assert.False(Reach(null, BrokerStand.AddressOf(two.Space!.Value), ((IPEndPoint)listening.LocalEndpoint).Port));
        Assert.False(Reach("10.213.77.7", NetworkStand.One, _port));
        // No way back leads there in any case; so what counts is that nothing came in: what does is tracked.
        Assert.Contains(BrokerStand.AddressOf(one.Space!.Value), await MachineConnectionsAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("10.213.77.7", await MachineConnectionsAsync(), StringComparison.Ordinal);
    }

    private static Task<string> InAsync(string netns, params string[] command) => Shell.RunAsync("nsenter", [$"--net={netns}", .. command]);

    private static async Task<string> TrackedAsync(string netns) => (await InAsync(netns, "cat", "/proc/sys/net/netfilter/nf_conntrack_count")).Trim();

    private static Task<string> ReachedAsync(string netns) => InAsync(netns, "nft", "list", "set", "inet", "vx", "reached");

    private Task<string> MachineConnectionsAsync() => InAsync($"/run/netns/{_stand.Network.Machine}", "conntrack", "-L");
}
