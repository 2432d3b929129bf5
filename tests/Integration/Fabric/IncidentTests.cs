using System.Text.Json;
using Voxeltron.Kernel;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a profile whose cells crash in a loop is held and nobody else is, over the death of its host, until a task of it comes back
/// clean. Method: real processes; items that trap and items that do not, in two profiles of one mission.
/// </summary>
public sealed class IncidentTests(FabricFixture fixture) : IClassFixture<FabricFixture>, IAsyncLifetime
{
    private const int HoldMs = 300;

    private readonly RunningFabric _fabric = fixture.Fabric;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _fabric.KillWorkersAsync();

    [Fact]
    public async Task A_crash_loop_opens_an_incident_holds_its_profile_alone_and_closes_when_a_try_comes_back_clean()
    {
        var worker = await _fabric.StartWorkerAsync();
        var mission = await _fabric.OpenAsync(Spec(await _fabric.RegisterAsync("misbehave", BuiltFiles.Guest("misbehave"))), wait: 20);
        await _fabric.SubmitAsync(mission, Enumerable.Range(0, 3).Select(static i => ($"bad-{i}", "unreachable")));
        var open = await IncidentAsync(mission, static incident => incident.GetProperty("state").GetString() == "open");
        Assert.Equal(("shaky", "trap_unreachable", "transient_crash"), (open.GetProperty("profile").GetString(), open.GetProperty("code").GetString(), open.GetProperty("fault").GetString()));

        Assert.Equal(1, worker.Said("crash in a loop"));

        // The other profile's tasks are done while this one is held.
        for (var i = 0; i < 5; i++)
        {
            await _fabric.SubmitAsync(mission, $"calm-{i}", "count"u8.ToArray(), "calm");
        }

        await _fabric.UntilAsync("The other profile", "5 completed", () => _fabric.CountAsync($"select count(*) from control.task where mission_id = '{mission.Value}' and task_id = 'steady' and status = 'completed'"), static done => done == 5);
        Assert.Equal("open", (await _fabric.GetAsync($"/v1/missions/{mission}/incidents")).GetProperty("incidents")[0].GetProperty("state").GetString());

        await worker.KillAsync();
        await _fabric.StartWorkerAsync();
        await _fabric.SubmitAsync(mission, [("good", "count")]);
        var closed = await IncidentAsync(mission, static incident => incident.GetProperty("state").GetString() == "closed");
        Assert.Equal("recovered", closed.GetProperty("resolution").GetString());
        Assert.Equal(open.GetProperty("opened_seq").GetInt64(), closed.GetProperty("opened_seq").GetInt64());
        Assert.Equal("1", await _fabric.ResultAsync(mission, "work/good"));
        await _fabric.CloseAsync(mission);
        await _fabric.CloseAsync(mission, "calm");
        await _fabric.EndAsync(mission, "The mission with an incident", "failed");

        // Behind the abort it names, and nothing of the profile went out before the hold was over.
        var seq = open.GetProperty("opened_seq").GetInt64();
        Assert.Equal([$"{seq}|{seq - 1}|action.aborted|True"], await _fabric.RowsAsync($"""
            select i.opened_seq, i.fault_seq, e.kind, i.projection_agrees
              from audit.incident i join journal.entry e on e.stream_id = i.mission_id and e.seq = i.fault_seq where i.mission_id = '{mission.Value}'
            """));
        Assert.Equal(["True"], await _fabric.RowsAsync($"""
            select extract(epoch from min(e.time) - o.time) * 1000 >= {HoldMs}
              from journal.entry o join journal.entry e on e.stream_id = o.stream_id and e.seq > o.seq and e.kind = 'task.dispatched' and e.body::json ->> 'task' like 'work/%'
             where o.stream_id = '{mission.Value}' and o.kind = 'incident.opened' group by o.time
            """));
        Assert.Equal(["transient_crash|shaky"], await _fabric.RowsAsync($"select distinct fault, profile from audit.abort where mission_id = '{mission.Value}'"));
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
    }

    private Task<JsonElement> IncidentAsync(MissionId mission, Func<JsonElement, bool> reached) => _fabric.UntilAsync(
        "The incident", "another state",
        async () => (await _fabric.GetAsync($"/v1/missions/{mission}/incidents")).GetProperty("incidents") is var incidents && incidents.GetArrayLength() == 1 ? incidents[0] : default,
        incident => incident.ValueKind == JsonValueKind.Object && reached(incident));

    private static string Spec(string module) => $$$"""
        {"spec": "v1", "name": "incidents", "inputs": {"requests": {"max_items": 100}, "calm": {"max_items": 100}},
         "profiles": {"shaky": {"restart": {"intensity": 2, "period_ms": 60000, "hold_ms": {{{HoldMs}}}, "max_hold_ms": 600} } },
         "tables": [{"name": "item", "key": ["id"], "columns": [{"name": "id", "type": "text"}, {"name": "amount", "type": "int64"}, {"name": "ratio", "type": "float64"}]}],
         "tasks": [{"id": "work", "module": "{{{module}}}", "map": "requests", "profile": "shaky", "retry": {"max_attempts": 3, "backoff_ms": 10}},
                   {"id": "steady", "module": "{{{module}}}", "map": "calm"}]}
        """;
}
