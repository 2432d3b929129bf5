using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: a worker whose Postgres is reached over TCP does all its work from a namespace that leads to that server alone. Method: real servers, on this machine's
/// loopback and on another machine; a real fabric whose Api reaches the same server by its Unix socket; the probe of walls where the worker stands.
/// </summary>
public sealed class PostgresOverTcpTests
{
    private const int Items = 40;

    [BrokerTheory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task On_this_machines_loopback(string host)
    {
        await using var cluster = await OwnCluster.StartAsync(listen: "127.0.0.1");
        await using var stand = new DatabaseStand(machine: null);
        await WorksAsync(cluster, stand, host);
    }

    [BrokerFact]
    public async Task On_another_machine()
    {
        await using var network = await NetworkStand.MakeAsync();
        await using var cluster = await OwnCluster.StartAsync(listen: NetworkStand.One, netns: network.Outside);
        await using var stand = new DatabaseStand(network.Machine);
        File.WriteAllText(stand.Names, $"{NetworkStand.One} db.example\n");
        await WorksAsync(cluster, stand, "db.example");
    }

    private static async Task WorksAsync(OwnCluster cluster, DatabaseStand stand, string host)
    {
        File.SetUnixFileMode(stand.Place, Launched.Passable);
        await stand.MakeAsync($"{host}:5432");
        await using var fabric = await RunningFabric.StartAsync(cluster.Seat);
        var over = new Dictionary<string, string> { ["VOXELTRON_POSTGRES__HOST"] = host };
        var worker = await fabric.StartLaunchedWorkerAsync(over, "--netns", stand.Netns, "--hosts", stand.Hosts);
        Assert.Equal(1, worker.Said("seccomp with TCP to the database alone"));
        var namespaceOfWorker = (await Shell.RunAsync("readlink", $"/proc/{worker.Id}/ns/net")).Trim();
        Assert.Equal($"net:[{(await Shell.RunAsync("stat", "-c", "%i", stand.Netns)).Trim()}]", namespaceOfWorker);
        Assert.Equal(0, await fabric.CountAsync("select count(*) from pg_stat_activity where usename = 'voxeltron_worker' and client_addr is null"));

        var mission = await fabric.OpenAsync(await fabric.SpecAsync("over-tcp"), wait: 20);
        await fabric.SubmitAsync(mission, SlowWork.Items(0, Items));
        await fabric.CloseAsync(mission);
        await fabric.AssertNothingLostAsync(mission, Items);
        // Its listener was made outside: who collects metrics still reaches it.
        using var http = new HttpClient();
        Assert.Contains("network=\"namespace\"", await http.GetStringAsync((await File.ReadAllTextAsync(fabric.State.Paths.Address(worker.Name))).Trim() + "/metrics"), StringComparison.Ordinal);
        await worker.SignalAsync("TERM");
        await worker.EndAsync();
        Assert.Equal(0, worker.ExitCode);
    }
}
