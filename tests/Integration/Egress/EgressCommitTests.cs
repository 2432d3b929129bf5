using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// Goal: a request leaves when the action that asked for it is durable, and never when that action came to nothing. Method: real processes; a
/// commit is held back by a lock on its stream's head, as a slow database would.
/// </summary>
public sealed class EgressCommitTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int Rounds = 20;

    private readonly RunningFabric _fabric = fixture.Fabric;
    private readonly ConcurrentQueue<string> _asked = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [BrokerFact]
    public async Task What_was_asked_for_in_an_event_that_is_aborted_is_never_sent()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var root = await ServeAsync(scene);
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("aborted", Sign(scene, root));
        await _fabric.SubmitAsync(mission, "trap", Encoding.UTF8.GetBytes($"GET {root}/trapped tag=a\ntrap"));
        // The second one's tag is no text: what the guest says of it is refused, and the guest gives up with an error.
        await _fabric.SubmitAsync(mission, "error", [.. Encoding.UTF8.GetBytes($"GET {root}/given-up tag=a\nGET {root}/given-up tag="), 0xff]);
        await _fabric.SubmitAsync(mission, "done", Encoding.UTF8.GetBytes($"GET {root}/dropped tag=a\ndone"));
        await _fabric.UntilAsync(
            "Tasks that abort", "to have failed after all their attempts",
            () => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'failed'"), static failed => failed == 2);
        Assert.Equal(
            ["fetch/error|nonzero_return|5", "fetch/trap|trap_unreachable|5"],
            await _fabric.RowsAsync($"select body::json ->> 'task', body::json ->> 'code', count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted' group by 1, 2 order by 1"));

        // One that is answered comes after all of them.
        Assert.Equal(["a 1 200 3 - /ok"], await scene.RunAsync(mission, "ok", $"GET {root}/ok tag=a"));
        await RoundAsync(scene);
        Assert.Equal(["/ok"], _asked);
        Assert.Equal(["http.replied|fetch/ok"], await _fabric.RowsAsync($"select kind, body::json ->> 'task' from journal.entry where stream_id = '{mission.Value}' and (kind like 'http.%' or kind = 'egress.refused')"));
        Assert.Equal(["fetch/ok"], await _fabric.AuditRowsAsync($"select task from audit.egress where mission_id = '{mission.Value}'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    [BrokerFact]
    public async Task A_request_whose_commit_is_held_back_waits_for_it()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var root = await ServeAsync(scene);
        var worker = await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("held", Sign(scene, root));
        Assert.Equal(["a 1 200 5 - /warm"], await scene.RunAsync(mission, "warm", $"GET {root}/warm tag=a"));

        Task submitted;
        await using (await HoldAsync(mission))
        {
            submitted = await AskAsync(worker, mission, $"GET {root}/held tag=a");
            await RoundAsync(scene);
            Assert.Equal(["/warm"], _asked);
        }

        await submitted;
        Assert.Equal(["a 1 200 5 - /held"], await scene.ResultAsync(mission, "x"));
        Assert.Equal(["/warm", "/held"], _asked);
        await scene.EndAsync(mission);
    }

    [BrokerFact]
    public async Task A_worker_that_dies_before_its_commit_has_sent_nothing_and_the_next_sends_once()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var root = await ServeAsync(scene);
        var worker = await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("died", Sign(scene, root));
        Assert.Equal(["a 1 200 5 - /warm"], await scene.RunAsync(mission, "warm", $"GET {root}/warm tag=a"));

        Task submitted;
        await using (await HoldAsync(mission))
        {
            submitted = await AskAsync(worker, mission, $"GET {root}/held tag=a");
            await worker.KillAsync();
            await RoundAsync(scene);
            Assert.Equal(["/warm"], _asked);
        }

        await submitted;
        await scene.StartWorkerAsync();
        Assert.Equal(["a 1 200 5 - /held"], await scene.ResultAsync(mission, "x"));
        Assert.Equal(["/warm", "/held"], _asked);
        await scene.EndAsync(mission);
    }

    private async Task<string> ServeAsync(EgressScene scene)
    {
        var port = await scene.ServeAsync(EgressScene.One, http =>
        {
            _asked.Enqueue(http.Request.Path);
            return http.Response.WriteAsync(http.Request.Path);
        });
        return $"http://{EgressScene.One}:{port}";
    }

    private static string Sign(EgressScene scene, string root) =>
        scene.Sign($$"""[{"addresses":["{{EgressScene.One}}"],"ports":[{{new Uri(root).Port}}],"plain":true}]""");

    /// <summary>Nothing of the mission becomes durable until what is returned is disposed.</summary>
    private async Task<IAsyncDisposable> HoldAsync(MissionId mission)
    {
        var connection = new NpgsqlConnection(_fabric.Seat.AdminOf(_fabric.Database));
        await connection.OpenAsync();
        // Never committed: it ends with its connection.
        await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"select seq from journal.stream_head where stream_id = '{mission.Value}' for update", connection);
        Assert.NotNull(await command.ExecuteScalarAsync());
        return connection;
    }

    /// <summary>Item x, until its action was run and its commit waits.</summary>
    /// <returns>Its submission, which may wait too.</returns>
    private async Task<Task> AskAsync(ChildProcess worker, MissionId mission, string commands)
    {
        var before = await ActionsAsync(worker);
        var submitted = _fabric.SubmitAsync(mission, "x", Encoding.UTF8.GetBytes(commands));
        await _fabric.UntilAsync("The action that asks", "to have been run", () => ActionsAsync(worker), actions => actions > before);
        await _fabric.UntilAsync(
            "Its commit", "to wait for the lock", () => _fabric.CountAsync($"select count(*) from pg_stat_activity where datname = '{_fabric.Database}' and wait_event_type = 'Lock'"), static waiting => waiting > 0);
        return submitted;
    }

    private async Task<double> ActionsAsync(ChildProcess worker)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync((await File.ReadAllTextAsync(_fabric.State.Paths.Address(worker.Name))).Trim() + "/metrics");
        return metrics.Split('\n')
            .Where(static line => line.Contains("voxeltron_actions_total", StringComparison.Ordinal) && !line.StartsWith('#'))
            .Sum(static line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    /// <summary>The same way as the cell's, by another client and many times: what could have been sent meanwhile has arrived.</summary>
    private static async Task RoundAsync(EgressScene scene)
    {
        var port = scene.Broker.Network.Serve(scene.Broker.Network.Outside, EgressScene.Other, "here");
        var other = await scene.Broker.WorkerAsync();
        var profile = scene.Broker.Profile($$"""[{"addresses":["{{EgressScene.Other}}"],"ports":[{{port}}],"plain":true}]""", name: "round");
        for (var i = 0; i < Rounds; i++)
        {
            var (_, taken) = await BrokerStand.TakeAsync(other, profile);
            using var socket = (await BrokerStand.ConnectAsync(other, taken, EgressScene.Other, port)).Socket!;
            Assert.Equal("here", await BrokerStand.HearAsync(socket));
            await BrokerStand.ReleaseAsync(other, taken);
        }
    }
}
