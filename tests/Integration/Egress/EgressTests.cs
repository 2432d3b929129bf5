using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Fabric;
using Xunit;

namespace Voxeltron.Tests.Integration.Egress;

/// <summary>
/// Goal: a cell reaches what an operator granted its mission and nothing else, through every process there is, and the log tells all of it and
/// replays. Method: real workers behind walls, a real broker with real namespaces, real servers outside.
/// </summary>
public sealed class EgressTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [BrokerFact]
    public async Task Each_mission_reaches_its_own_server_and_neither_the_others()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var one = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("one " + http.Request.Headers["Idempotency-Key"]));
        var other = await scene.ServeAsync(EgressScene.Other, static http => http.Response.WriteAsync("other"));
        scene.Name("one.test", EgressScene.One);
        scene.Name("other.test", EgressScene.Other);
        scene.Name("sly.test", EgressScene.Other);
        await scene.StartWorkerAsync();
        var first = await scene.OpenAsync("first", scene.Sign($$"""[{"host":"one.test","ports":[{{one}}],"plain":true},{"host":"sly.test","addresses":["203.0.113.10"],"ports":[{{other}}],"plain":true}]""", "first"));
        var second = await scene.OpenAsync("second", scene.Sign($$"""[{"addresses":["203.0.113.11"],"ports":[{{other}}],"plain":true}]""", "second"));

        var said = $"one {first}.fetch/x.1";
        Assert.Equal([$"a 1 200 {said.Length} - {said}"], await scene.RunAsync(first, "x", $"GET http://one.test:{one}/ tag=a"));
        Assert.Equal(["a 1 200 5 - other"], await scene.RunAsync(second, "x", $"GET http://203.0.113.11:{other}/ tag=a"));
        Assert.Equal(["a -11"], await scene.RunAsync(second, "denied", $"GET http://203.0.113.10:{one}/ tag=a"));
        // Not granted by name, by address, by port, by scheme: denied at once, nothing left.
        Assert.Equal(
            ["a -11", "b -11", "c -11", "d -11", "e -8", "f -11"],
            await scene.RunAsync(first, "denied", $"""
                GET http://other.test:{other}/ tag=a
                GET http://203.0.113.11:{other}/ tag=b
                GET http://one.test:{other}/ tag=c
                GET http://127.0.0.1:{one}/ tag=d
                GET http://2130706433:{one}/ tag=e
                GET http://[::ffff:203.0.113.10]:{one}/ tag=f
                """));
        // Granted by name, and the name leads where the grant does not.
        Assert.Equal(["a 1 address_forbidden 0 - "], await scene.RunAsync(first, "sly", $"GET http://sly.test:{other}/ tag=a"));
        await scene.EndAsync(first);
        await scene.EndAsync(second);
        Assert.Equal(
            ["fetch/sly|address_forbidden|True", "fetch/x|replied|False"],
            await _fabric.AuditRowsAsync($"select task, outcome, refused from audit.egress where mission_id = '{first.Value}' order by 1"));
        Assert.Equal(["fetch/denied|5"], await _fabric.AuditRowsAsync($"select task, denied from audit.denied_call where mission_id = '{first.Value}'"));
        Assert.Equal(["first|1", "second|1"], await _fabric.AuditRowsAsync($"select name, serial from audit.egress_profile where mission_id in ('{first.Value}', '{second.Value}') order by 1"));
        // Every boot says where its namespace came from, and how long that took.
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{first.Value}' and kind = 'cell.booted' and not (body::json ->> 'netns' in ('hit', 'miss', 'later') and (body::json -> 'stages_us' ->> 'netns')::bigint >= 0)"));
        Assert.Equal([EgressScene.One], await _fabric.AuditRowsAsync($"select address from audit.egress where mission_id = '{first.Value}' and not refused"));
    }

    [BrokerFact]
    public async Task A_request_whose_worst_case_the_budget_does_not_allow_never_leaves()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var asked = 0;
        var port = await scene.ServeAsync(EgressScene.One, http =>
        {
            Interlocked.Increment(ref asked);
            return http.Response.WriteAsync("yes");
        });
        await scene.StartWorkerAsync();
        // One answer may have a mebibyte: the worst of one request fits, of two at once it does not.
        var mission = await scene.OpenAsync(
            "metered", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]"""), options: "\"budget\":{\"limits\":{\"egress_bytes\":1500000}},");
        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "alone", $"GET http://203.0.113.10:{port}/ tag=a"));
        var both = await scene.RunAsync(mission, "both", $"""
            GET http://203.0.113.10:{port}/ tag=a
            GET http://203.0.113.10:{port}/ tag=b
            """);
        Assert.Equal(["a 1 200 3 - yes", "b 2 budget_exhausted 0 - "], both.Order(StringComparer.Ordinal));
        await scene.EndAsync(mission);
        Assert.Equal(2, asked);
        Assert.Equal(["1500000|6|0|0"], await _fabric.AuditRowsAsync($"select limit_amount, spent, held, over from audit.budget where mission_id = '{mission.Value}' and dimension = 'egress_bytes'"));
    }

    [BrokerFact]
    public async Task A_name_that_turns_to_a_forbidden_address_is_refused_and_many_refusals_are_one_entry_a_second()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var port = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("yes"));
        scene.Name("turning.test", EgressScene.One);
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("turning", scene.Sign($$"""[{"host":"turning.test","ports":[{{port}}],"plain":true}]"""));
        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "before", $"GET http://turning.test:{port}/ tag=a"));
        foreach (var (item, address) in (List<(string, string)>)[("metadata", "169.254.169.254"), ("loopback", "127.0.0.1"), ("own", NetworkStand.MachineAddress), ("mapped", "::ffff:127.0.0.1"), ("v6", "::1")])
        {
            scene.Name("turning.test", address);
            Assert.All(await scene.RunAsync(mission, item, $"GET http://turning.test:{port}/ tag=a repeat=20"), static line => Assert.Contains(" address_forbidden ", line, StringComparison.Ordinal));
        }

        scene.Name("turning.test", EgressScene.One);
        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "after", $"GET http://turning.test:{port}/ tag=a"));
        await scene.EndAsync(mission);
        var entries = await _fabric.RowsAsync($"select body::json ->> 'task', count(*), sum((body::json ->> 'count')::integer) from journal.entry where stream_id = '{mission.Value}' and kind = 'egress.refused' group by 1 order by 1");
        Assert.Equal(5, entries.Count);
        // The first at once, those that came within its second together.
        Assert.All(entries, static entry => Assert.Matches("^fetch/[a-z0-9]+\\|[1-3]\\|20$", entry));
    }

    [BrokerFact]
    public async Task Servers_that_misbehave_cost_the_request_its_limits_and_the_mission_nothing()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var port = await scene.ServeAsync(EgressScene.One, async http =>
        {
            switch (http.Request.Path.Value)
            {
                case "/huge":
                    for (var i = 0; i < 100_000; i++)
                    {
                        await http.Response.Body.WriteAsync(new byte[1024]);
                    }

                    break;
                case "/slow":
                    using (var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
                    {
                        while (await tick.WaitForNextTickAsync(http.RequestAborted))
                        {
                            await http.Response.Body.WriteAsync("a"u8.ToArray());
                            await http.Response.Body.FlushAsync();
                        }
                    }

                    break;
                case "/elsewhere":
                    http.Response.Redirect("http://203.0.113.11/");
                    break;
                case "/metadata":
                    http.Response.Redirect("http://169.254.169.254/latest/meta-data/");
                    break;
                default:
                    await http.Response.WriteAsync(http.Request.Path.Value!);
                    break;
            }
        });
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("nasty", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]""", limits: """{"redirects":3,"response_bytes":4096,"timeout_ms":20000}"""));
        var root = $"http://203.0.113.10:{port}";
        Assert.Equal(
            ["huge 1 response_too_large 0 - ", "slow 2 timeout 0 - ", "elsewhere 3 redirect_denied 0 - ", "metadata 4 redirect_denied 0 - ", "ok 5 200 3 - /ok"],
            await scene.RunAsync(mission, "x", $"""
                GET {root}/huge tag=huge
                GET {root}/slow tag=slow timeout=500
                GET {root}/elsewhere tag=elsewhere
                GET {root}/metadata tag=metadata
                GET {root}/ok tag=ok
                """));
        await scene.EndAsync(mission);
    }

    [BrokerFact]
    public async Task A_worker_that_dies_while_a_server_thinks_is_followed_by_one_that_asks_again_with_the_same_key()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var keys = new ConcurrentQueue<string>();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var port = await scene.ServeAsync(EgressScene.One, async http =>
        {
            keys.Enqueue(http.Request.Headers["Idempotency-Key"]!);
            if (http.Request.Path == "/wait")
            {
                await open.Task.WaitAsync(http.RequestAborted);
            }

            await http.Response.WriteAsync("done");
        });
        // A snapshot with a request that is open must carry it.
        var worker = await scene.StartWorkerAsync(("VOXELTRON_WORKER__SNAPSHOT_TAIL", "2"), ("VOXELTRON_WORKER__SNAPSHOT_INTERVAL_MS", "10"));
        var mission = await scene.OpenAsync("orphan", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]"""));
        await _fabric.SubmitAsync(mission, "x", Encoding.UTF8.GetBytes($"GET http://203.0.113.10:{port}/wait tag=a\nGET http://203.0.113.10:{port}/now tag=b"));
        await _fabric.UntilAsync("The server", "to have been asked for both", () => Task.FromResult(keys.Count), static asked => asked == 2);
        await _fabric.UntilAsync("The answer to one", "to be durable", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'http.replied'"), static replied => replied == 1);
        await _fabric.UntilAsync("A snapshot", "to have been taken with a request open", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'snapshot.taken'"), static taken => taken > 0);
        await worker.KillAsync();
        await scene.StartWorkerAsync();
        await _fabric.UntilAsync("The server", "to be asked again", () => Task.FromResult(keys.Count), static asked => asked >= 3);
        open.SetResult();
        Assert.Equal(["a 1 200 4 - done", "b 2 200 4 - done"], await scene.ResultAsync(mission, "x"));
        await scene.EndAsync(mission);
        // What was answered was not asked again; what was not, with the same key.
        Assert.Equal([$"{mission}.fetch/x.1", $"{mission}.fetch/x.1", $"{mission}.fetch/x.2"], keys.Order());
    }

    [BrokerFact]
    public async Task A_broker_that_dies_ends_what_it_gave_out_and_the_next_one_goes_on()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var asked = 0;
        var port = await scene.ServeAsync(EgressScene.One, async http =>
        {
            Interlocked.Increment(ref asked);
            if (http.Request.Path == "/wait")
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            }

            await http.Response.WriteAsync("again");
        });
        await scene.StartWorkerAsync();
        var mission = await scene.OpenAsync("broken", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]"""));
        await _fabric.SubmitAsync(mission, "x", Encoding.UTF8.GetBytes($"GET http://203.0.113.10:{port}/wait tag=a timeout=20000"));
        await _fabric.UntilAsync("The server", "to have been asked", () => Task.FromResult(Volatile.Read(ref asked)), static count => count == 1);
        await scene.Broker.SignalAsync("KILL");
        var line = Assert.Single(await scene.ResultAsync(mission, "x"));
        Assert.Matches("^a 1 (connection_lost|timeout) 0 - $", line);
        await scene.Broker.RunAsync();
        await _fabric.UntilAsync("A request", "to be answered by way of the new broker",
            async () => (await scene.RunAsync(mission, $"y-{Guid.NewGuid():N}", $"GET http://203.0.113.10:{port}/ tag=b"))[0], static line => line == "b 1 200 5 - again");
        await scene.EndAsync(mission);
    }

    /// <summary>A boot waits for a namespace, and with it its mission: for a moment, whatever the broker does.</summary>
    [BrokerFact]
    public async Task A_broker_that_stands_still_holds_up_no_mission()
    {
        const int cells = 16;
        await using var scene = await EgressScene.StartAsync(_fabric, hasNameServer: false, "--ready", "1", "--spaces", "8");
        var port = await scene.ServeAsync(EgressScene.One, static http => http.Response.WriteAsync("yes"));
        await scene.StartWorkerAsync();
        var command = $"GET http://203.0.113.10:{port}/ tag=a";
        var mission = await scene.OpenAsync("stalled", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]"""));
        var beside = await scene.OpenAsync("beside", egress: null);
        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "before", command));
        await using (await scene.Broker.StallAsync())
        {
            // More than there are namespaces for.
            await _fabric.SubmitAsync(mission, Enumerable.Range(0, cells).Select(i => ($"c-{i}", command)));
            await _fabric.UntilAsync(
                "Cells with a broker that stands still", "to have asked",
                () => _fabric.CountAsync($"select count(distinct body::json ->> 'task') from journal.entry where stream_id = '{mission.Value}' and kind = 'action' and body::json ->> 'task' like 'fetch/c-%'"),
                static asked => asked == cells);
            Assert.Equal(["a -7"], await scene.RunAsync(beside, "x", command));
        }

        foreach (var i in Enumerable.Range(0, cells))
        {
            // Those without a namespace gave up after five seconds, if it stood still for so long.
            Assert.Matches("^a 1 (200 3 - yes|netns_exhausted 0 - )$", Assert.Single(await scene.ResultAsync(mission, $"c-{i}")));
        }

        Assert.Equal(["a 1 200 3 - yes"], await scene.RunAsync(mission, "after", command));
        await scene.EndAsync(mission);
        await scene.EndAsync(beside);
        Assert.True(await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted' and body::json ->> 'netns' = 'later'") > 0);
        // Its patience is 25 ms; the rest is a machine that is busy.
        Assert.InRange(await _fabric.CountAsync($"select max((body::json -> 'stages_us' ->> 'netns')::bigint) from journal.entry where stream_id = '{mission.Value}' and kind = 'cell.booted'"), 1, 1_000_000);
        Assert.Equal(1, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'epoch.began'"));
    }

    [BrokerFact]
    public async Task A_cell_that_waits_for_a_server_may_sleep_and_may_crash()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var port = await scene.ServeAsync(EgressScene.One, async http =>
        {
            await open.Task.WaitAsync(http.RequestAborted);
            await http.Response.WriteAsync("late");
        });
        await scene.StartWorkerAsync(("VOXELTRON_WORKER__CELL_CAPACITY", "4"));
        var mission = await scene.OpenAsync("waiting", scene.Sign($$"""[{"addresses":["203.0.113.10"],"ports":[{{port}}],"plain":true}]"""));
        var items = Enumerable.Range(0, 12).Select(static i => $"c-{i}").ToList();
        await _fabric.SubmitAsync(mission, items.Select(item => (item, $"GET http://203.0.113.10:{port}/ tag=a")));
        await _fabric.UntilAsync("Twelve cells on four slots", "to wait", () => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and status = 'running'"), static running => running == 12);
        open.SetResult();
        foreach (var item in items)
        {
            Assert.Equal(["a 1 200 4 - late"], await scene.ResultAsync(mission, item));
        }

        await scene.EndAsync(mission);
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'action.aborted'"));
    }

    [BrokerFact]
    public async Task What_no_operator_signed_is_no_mission()
    {
        await using var scene = await EgressScene.StartAsync(_fabric);
        await scene.StartWorkerAsync();
        const string grants = """[{"host":"one.test","ports":[443]}]""";
        using var stranger = BrokerStand.Signer();
        var good = scene.Sign(grants);
        foreach (var (name, egress, code) in (List<(string, string, string)>)
        [
            ("forged", scene.Sign(grants, signer: stranger), BrokerCodes.ProfileForged),
            ("expired", scene.Sign(grants, notAfter: "2020-01-01T00:00:00Z"), BrokerCodes.ProfileExpired),
            ("foreign", scene.Sign(grants, tenant: "other"), RequestCodes.OtherTenant),
        ])
        {
            var mission = await scene.OpenAsync(name, egress, expectsRefusal: true);
            await _fabric.UntilAsync(name, "to be refused", () => scene.StatusAsync(mission), static status => status == "refused");
            Assert.Equal([code], await _fabric.RowsAsync($"select body::json ->> 'code' from journal.entry where stream_id = '{mission.Value}' and kind = 'intent.refused'"));
        }

        // Signed, and then changed.
        var changed = await scene.OpenAsync("changed", good.Replace("\"keyid\":\"", "\"keyid\":\"0", StringComparison.Ordinal), expectsRefusal: true);
        await _fabric.UntilAsync("changed", "to be refused", () => scene.StatusAsync(changed), static status => status == "refused");
    }

    /// <summary>On any machine: this is what those have that cannot have a broker.</summary>
    [Fact]
    public async Task A_host_without_a_broker_says_why_and_does_everything_else()
    {
        await using var scene = EgressScene.WithoutBroker(_fabric);
        await _fabric.StartWorkerAsync(new Dictionary<string, string> { ["VOXELTRON_WORKER__NO_BROKER_REASON"] = "libnftables.so.1 is not on this machine" });
        var mission = await scene.OpenAsync("closed", scene.Sign("""[{"host":"one.test","ports":[443]}]"""), expectsRefusal: true);
        await _fabric.UntilAsync("A mission with egress", "to be refused", () => scene.StatusAsync(mission), static status => status == "refused");
        var refusal = Assert.Single(await _fabric.RowsAsync($"select body::json ->> 'code', convert_from(payload, 'UTF8') from journal.entry where stream_id = '{mission.Value}' and kind = 'intent.refused'"));
        Assert.StartsWith(RequestCodes.Unavailable, refusal, StringComparison.Ordinal);
        Assert.Contains("libnftables.so.1 is not on this machine", refusal, StringComparison.Ordinal);

        // The same module, of a mission that asks for no egress.
        var other = await scene.OpenAsync("open", egress: null);
        Assert.Equal(["a -7"], await scene.RunAsync(other, "x", "GET https://one.test/ tag=a"));
        await scene.EndAsync(other);
    }
}
