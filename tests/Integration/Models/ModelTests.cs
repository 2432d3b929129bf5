using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Voxeltron.Cells;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Replay;
using Voxeltron.Tests.Integration.Broker;
using Voxeltron.Tests.Integration.Egress;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Integration.Postgres;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Models;

/// <summary>
/// Goal: cells ask models by way of the operator's providers and no other way, the mission goes on whoever fails, an air gap cuts, and the log tells all
/// of it and replays. Method: real workers behind walls, a real broker with real namespaces, real servers outside.
/// </summary>
public sealed class ModelTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const string Secret = "sk-7f3a-do-not-tell";

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [BrokerFact]
    public async Task The_cheapest_provider_answers_and_the_log_tells_all_of_it_but_the_key()
    {
        await using var scene = await SceneAsync();
        var seen = new ConcurrentQueue<string>();
        await scene.ServeAsync("dear", ModelScene.Good("dear"), price: 900);
        await scene.ServeAsync("own", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            seen.Enqueue($"{http.Request.Path} {http.Request.Headers.Authorization} {http.Request.Headers["Idempotency-Key"]} {await reader.ReadToEndAsync()}");
            await ModelScene.SayAsync(http, ModelDocuments.Answer("hello there"));
        }, key: "own", price: 5);
        PutKey("own", Secret);
        await scene.Egress.StartWorkerAsync();
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("asking");

        Assert.Equal(["a 1 own 11 stop 7 3 hello there"], await scene.RunAsync(mission, "x", "small tag=a max=20 what is patient-4711?"));
        Assert.Equal(["b -11", "c -8"], await scene.RunAsync(mission, "no", "large tag=b x\nsmall tag=c max=101 x"));
        await scene.Egress.EndAsync(mission);
        await ForgedAsync(mission);

        var request = Assert.Single(seen);
        Assert.StartsWith($"/v1/chat/completions Bearer {Secret} {mission}.fetch/x.1 ", request, StringComparison.Ordinal);
        Assert.Contains("what is patient-4711?", request, StringComparison.Ordinal);
        Assert.Equal(
            [$"fetch/x|1|replied|small|own|model-of-own|False|7|3|False|1|0|{EgressScene.One}"],
            await _fabric.AuditRowsAsync($"select task, ticket, outcome, class, provider, model, external, tokens_in, tokens_out, estimated, cost_micro, tried, address from audit.model_call where mission_id = '{mission.Value}'"));
        Assert.Equal(["own|False|replied|True"], await _fabric.AuditRowsAsync($"select provider, external, outcome, sent is not null from audit.model_try where mission_id = '{mission.Value}'"));
        Assert.Equal(["fetch/no|1"], await _fabric.AuditRowsAsync($"select task, denied from audit.denied_call where mission_id = '{mission.Value}'"));
        // Ids, counts and codes in the body; words in the payload alone.
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and (body like '%patient%' or body like '%hello%')"));
        Assert.Equal(0, await _fabric.CountAsync(
            $"select count(*) from journal.entry where body like '%{Secret}%' or position('{Secret}'::bytea in coalesce(payload, '')) > 0") +
            await _fabric.CountAsync($"select count(*) from control.model_catalog where position('{Secret}'::bytea in document) > 0"));
        Assert.DoesNotContain(Secret, _fabric.Logs(), StringComparison.Ordinal);
        var shown = await _fabric.GetAsync("/v1/models");
        Assert.Equal((2, false), (shown.GetProperty("providers").GetArrayLength(), shown.GetProperty("air_gap").GetBoolean()));
        Assert.Equal(("own", "owned", 5), (shown.GetProperty("providers")[1].GetProperty("name").GetString(), shown.GetProperty("providers")[1].GetProperty("kind").GetString(), shown.GetProperty("providers")[1].GetProperty("input_micro_per_1k").GetInt32()));
    }

    [BrokerFact]
    public async Task A_provider_that_is_out_is_followed_by_the_next_and_where_all_are_the_cell_is_told_by_code()
    {
        await using var scene = await SceneAsync();
        var isWell = true;
        scene.Miss("gone");
        await scene.ServeAsync("broken", static http =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        }, price: 1);
        await scene.ServeAsync("last", http =>
        {
            http.Response.StatusCode = Volatile.Read(ref isWell) ? 200 : 503;
            return ModelScene.SayAsync(http, ModelDocuments.Answer("one step."));
        }, external: true, price: 2);
        await scene.Egress.StartWorkerAsync();
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("outage");

        Assert.Equal(["a 1 last 9 stop 7 3 one step."], await scene.RunAsync(mission, "x", "then small tag=a go on"));
        Volatile.Write(ref isWell, false);
        Assert.Equal(["a 1 model_failed 0 - 0 0 "], await scene.RunAsync(mission, "y", "small tag=a again"));
        Volatile.Write(ref isWell, true);
        Assert.Equal(["a 1 last 9 stop 7 3 one step."], await scene.RunAsync(mission, "z", "small tag=a again"));
        await scene.Egress.EndAsync(mission);

        Assert.Equal(
            ["fetch/x|1|gone|connect_refused", "fetch/x|2|broken|server_failed", "fetch/x|3|last|replied", "fetch/y|1|gone|connect_refused", "fetch/y|2|broken|server_failed", "fetch/y|3|last|server_failed"],
            await _fabric.AuditRowsAsync($"select task, place, provider, outcome from audit.model_try where mission_id = '{mission.Value}' and task <> 'fetch/z' order by seq, place"));
        // The documented questions, asked of a log that has answers.
        Assert.NotEmpty(await _fabric.AuditRowsAsync(Question("28.")));
        Assert.NotEmpty(await _fabric.AuditRowsAsync(Question("29.")));
        Assert.Equal(["fetch/x|replied|2", "fetch/y|model_failed|3"], await _fabric.AuditRowsAsync($"select task, outcome, tried from audit.model_call where mission_id = '{mission.Value}' and task <> 'fetch/z' order by seq"));
    }

    [BrokerFact]
    public async Task An_air_gap_cuts_a_call_that_hangs_outside_and_the_mission_goes_on_inside()
    {
        await using var scene = await SceneAsync();
        var (came, went) = (new TaskCompletionSource(), new TaskCompletionSource());
        var asked = 0;
        await scene.ServeAsync("outside", async http =>
        {
            Interlocked.Increment(ref asked);
            came.TrySetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            went.TrySetResult();
        }, external: true);
        await scene.ServeAsync("inside", ModelScene.Good("from inside"), price: 900);
        await scene.Egress.StartWorkerAsync();
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("gap");

        await _fabric.SubmitAsync(mission, "x", Encoding.UTF8.GetBytes("small tag=a hello"));
        await came.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await scene.GapAsync(true);
        Assert.Equal(["a 1 inside 11 stop 7 3 from inside"], await scene.Egress.ResultAsync(mission, "x"));
        await went.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["a 1 inside 11 stop 7 3 from inside"], await scene.RunAsync(mission, "y", "small tag=a again"));
        Assert.Equal(1, asked);
        Assert.True((await _fabric.GetAsync("/v1/models")).GetProperty("air_gap").GetBoolean());
        await scene.GapAsync(false);
        await scene.Egress.EndAsync(mission);

        Assert.Equal(
            ["fetch/x|outside|True|air_gapped", "fetch/x|inside|False|replied", "fetch/y|inside|False|replied"],
            await _fabric.AuditRowsAsync($"select task, provider, external, outcome from audit.model_try where mission_id = '{mission.Value}' order by seq, place"));
        // Who set it, and that nothing was sent out while it was on.
        Assert.Equal(["False|operator|False", "True|operator|True"], await _fabric.AuditRowsAsync("select is_on, caller_role, until is not null from audit.air_gap where tenant_id = 'demo' order by seq desc limit 2"));
        Assert.Empty(await _fabric.AuditRowsAsync(Question("30.")));
    }

    [BrokerFact]
    public async Task With_nobody_inside_a_gap_is_told_by_code_and_the_mission_completes()
    {
        await using var scene = await SceneAsync();
        await scene.ServeAsync("outside", ModelScene.Good("from outside"), external: true);
        await scene.Egress.StartWorkerAsync();
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("alone");
        await scene.GapAsync(true);
        await _fabric.UntilAsync("A call", "to be cut by the gap", async () => (await scene.RunAsync(mission, $"x-{Guid.NewGuid():N}", "small tag=a hello"))[0], static line => line == "a 1 air_gapped 0 - 0 0 ");
        await scene.GapAsync(false);
        await _fabric.UntilAsync("A call", "to get through again", async () => (await scene.RunAsync(mission, $"y-{Guid.NewGuid():N}", "small tag=a hello"))[0], static line => line == "a 1 outside 12 stop 7 3 from outside");
        await scene.Egress.EndAsync(mission);
    }

    [BrokerFact]
    public async Task A_worker_that_dies_while_a_model_thinks_is_followed_by_one_that_asks_again_with_the_same_key()
    {
        await using var scene = await SceneAsync();
        var keys = new ConcurrentQueue<string>();
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await scene.ServeAsync("own", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            keys.Enqueue(http.Request.Headers["Idempotency-Key"]!);
            if (body.Contains("wait", StringComparison.Ordinal))
            {
                await open.Task.WaitAsync(http.RequestAborted);
            }

            await ModelScene.SayAsync(http, ModelDocuments.Answer("done"));
        });
        // A snapshot with a call that is open must carry it.
        var worker = await scene.Egress.StartWorkerAsync(("VOXELTRON_WORKER__SNAPSHOT_TAIL", "2"), ("VOXELTRON_WORKER__SNAPSHOT_INTERVAL_MS", "10"));
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("orphan");
        await _fabric.SubmitAsync(mission, "x", Encoding.UTF8.GetBytes("small tag=a wait\nsmall tag=b now"));
        await _fabric.UntilAsync("The model", "to have been asked for both", () => Task.FromResult(keys.Count), static asked => asked == 2);
        await _fabric.UntilAsync("The answer to one", "to be durable", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'model.replied'"), static replied => replied == 1);
        await _fabric.UntilAsync("A snapshot", "to have been taken with a call open", () => _fabric.CountAsync($"select count(*) from journal.entry where stream_id = '{mission.Value}' and kind = 'snapshot.taken'"), static taken => taken > 0);
        await worker.KillAsync();
        await scene.Egress.StartWorkerAsync();
        await _fabric.UntilAsync("The model", "to be asked again", () => Task.FromResult(keys.Count), static asked => asked >= 3);
        open.SetResult();
        Assert.Equal(["a 1 own 4 stop 7 3 done", "b 2 own 4 stop 7 3 done"], await scene.Egress.ResultAsync(mission, "x"));
        await scene.Egress.EndAsync(mission);
        // What was answered was not asked again; what was not, with the same key.
        Assert.Equal([$"{mission}.fetch/x.1", $"{mission}.fetch/x.1", $"{mission}.fetch/x.2"], keys.Order());
    }

    /// <summary>On any machine: nothing of it needs a broker.</summary>
    [Fact]
    public async Task What_no_operator_signed_for_this_tenant_in_this_order_is_refused_and_changes_nothing()
    {
        await using var scene = new ModelScene(_fabric, EgressScene.WithoutBroker(_fabric));
        await _fabric.StartWorkerAsync();
        using var stranger = BrokerStand.Signer();
        scene.Miss("first");
        await scene.DeclareAsync();
        var held = (await _fabric.GetAsync("/v1/models")).GetProperty("digest").GetString();
        var provider = ModelDocuments.Provider(scene.Operator, RunningFabric.TenantName, "p", "one.test", 443);
        var foreignWay = ModelDocuments.Provider(scene.Operator, "other", "p", "one.test", 443);
        var forgedWay = ModelDocuments.Provider(stranger, RunningFabric.TenantName, "p", "one.test", 443);
        foreach (var (document, code) in (List<(Voxeltron.Ultra.ModelsCredential, string)>)
        [
            (ModelDocuments.Sign(stranger, RunningFabric.TenantName, 1_000, [provider]), "models_forged"),
            (ModelDocuments.Sign(scene.Operator, "other", 1_000, [ModelDocuments.Provider(scene.Operator, "other", "p", "one.test", 443)]), "models_other_tenant"),
            (ModelDocuments.Sign(scene.Operator, RunningFabric.TenantName, 1_000, [provider], notAfter: "2020-01-01T00:00:00Z"), "models_expired"),
            (ModelDocuments.Sign(scene.Operator, RunningFabric.TenantName, 1, [provider]), "models_serial"),
            (ModelDocuments.Sign(scene.Operator, RunningFabric.TenantName, 1_000, [foreignWay]), RequestCodes.OtherTenant),
            (ModelDocuments.Sign(scene.Operator, RunningFabric.TenantName, 1_000, [forgedWay]), BrokerCodes.ProfileForged),
        ])
        {
            using var content = new StringContent(Encoding.UTF8.GetString(document.ToJson()), Encoding.UTF8, "application/json");
            using var response = await _fabric.Http.PostAsync("/v1/models", content);
            var text = await response.Content.ReadAsStringAsync();
            Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (response.StatusCode, text.Contains($"problem:{code}\"", StringComparison.Ordinal)));
        }

        Assert.Equal(held, (await _fabric.GetAsync("/v1/models")).GetProperty("digest").GetString());
        // A refused serial is not a used one, for the next owner either.
        await _fabric.KillWorkersAsync();
        await _fabric.StartWorkerAsync();
        await scene.DeclareAsync();
        await _fabric.AssertCleanAsync();
    }

    [Fact]
    public async Task A_host_without_a_broker_asks_nobody_says_so_and_does_everything_else()
    {
        await using var scene = new ModelScene(_fabric, EgressScene.WithoutBroker(_fabric));
        await _fabric.StartWorkerAsync();
        scene.Miss("first", context: 200);
        await scene.DeclareAsync();
        var mission = await scene.OpenAsync("closed");
        Assert.Equal(["a 1 model_failed 0 - 0 0 "], await scene.RunAsync(mission, "x", "small tag=a hello"));
        Assert.Equal(["b 1 no_provider 0 - 0 0 "], await scene.RunAsync(mission, "y", "small tag=b hell" + new string('o', 400)));
        await scene.Egress.EndAsync(mission);
        Assert.Equal(["first|egress_unavailable|"], await _fabric.AuditRowsAsync($"select provider, outcome, sent from audit.model_try where mission_id = '{mission.Value}'"));
    }

    [Fact]
    public async Task A_profile_without_models_asks_nobody_and_is_counted()
    {
        await using var scene = new ModelScene(_fabric, EgressScene.WithoutBroker(_fabric));
        await _fabric.StartWorkerAsync();
        var mission = await scene.OpenAsync("none", """{"classes":["other"],"max_tokens":1}""");
        Assert.Equal(["a -11"], await scene.RunAsync(mission, "x", "small tag=a hello"));
        await scene.Egress.EndAsync(mission);
        Assert.Equal(["""fetch/x|1|[{"code":"model_class_denied","count":1,"place":"small"}]"""], await _fabric.AuditRowsAsync($"select task, denied, places from audit.denied_call where mission_id = '{mission.Value}'"));
    }

    /// <summary>An answer that was changed in the record, in its words or in what was counted, is found by replay alone.</summary>
    private async Task ForgedAsync(MissionId mission)
    {
        await using var source = _fabric.Auditor(null);
        await using var reader = await LogReader.OpenAsync(source, CancellationToken.None);
        using var engine = new CellEngine(new CellEngineOptions { MaxCells = 10 });
        using var modules = new ModuleLibrary(engine);
        await modules.LoadAsync(reader.Entries(_fabric.Tenant, StreamId.System(_fabric.Tenant), CancellationToken.None), CancellationToken.None);
        foreach (var (was, now, inPayload, field) in (List<(string, string, bool, string)>)[("hello", "jello", true, "payload"), ("\"tokens_in\":7", "\"tokens_in\":8", false, "tokens_in"), ("\"provider\":\"own\"", "\"provider\":\"dear\"", false, "provider")])
        {
            using var replay = new MissionReplay(engine, modules, _fabric.Tenant, mission, TimeProvider.System);
            var report = await replay.RunAsync(Changed(reader.Entries(_fabric.Tenant, StreamId.Of(mission), CancellationToken.None)), CancellationToken.None);
            Assert.Equal(field, report.Divergence?.Field);

            async IAsyncEnumerable<Entry> Changed(IAsyncEnumerable<Entry> entries)
            {
                await foreach (var entry in entries)
                {
                    yield return entry.Header.Kind != EntryKinds.ModelReplied ? entry
                        : inPayload ? entry with { Payload = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(entry.Payload!).Replace(was, now, StringComparison.Ordinal)) }
                        : entry with { Body = new EntryBody(Encoding.UTF8.GetBytes(entry.Body.ToString().Replace(was, now, StringComparison.Ordinal))) };
                }
            }
        }
    }

    private static string Question(string number) =>
        AuditQuestions.Read().Single(question => question.Title.StartsWith(number, StringComparison.Ordinal)).Sql.Replace("'clinic'", $"'{RunningFabric.TenantName}'", StringComparison.Ordinal);

    private async Task<ModelScene> SceneAsync() => new(_fabric, await EgressScene.StartAsync(_fabric));

    private void PutKey(string name, string secret)
    {
        Directory.CreateDirectory(_fabric.State.Paths.ModelKeys);
        var path = Path.Combine(_fabric.State.Paths.ModelKeys, name);
        File.WriteAllText(path, secret + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
