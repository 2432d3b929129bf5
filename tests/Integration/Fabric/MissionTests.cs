using Voxeltron.Cli.Demo;
using Voxeltron.Kernel;
using Voxeltron.Tests.Integration.Api;
using Voxeltron.Tests.Integration.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>
/// Goal: a customer's whole path is real: modules, missions, results and refusals over HTTP, and evidence that verifies and
/// replays. Method: a fabric as set-up makes it, real processes, the modules of the samples and the test guests.
/// </summary>
[Collection(WorkingFabric.Name)]
public sealed class MissionTests(WorkingFabricFixture fixture)
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    [Fact]
    public async Task An_echoed_item_comes_back_byte_for_byte_and_its_log_verifies_and_replays()
    {
        var module = await _fabric.RegisterAsync("echo", BuiltFiles.Sample("echo/echo.wasm"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "echo"), wait: 20);
        byte[] bytes = [0, 255, 10, 13, 0x7b];
        await _fabric.SubmitAsync(mission, "raw", bytes);
        await _fabric.SubmitAsync(mission, "text", "{\"n\":1}"u8.ToArray());
        await _fabric.CloseAsync(mission);
        var view = await _fabric.EndAsync(mission, "The echo mission");

        Assert.Equal(2, view.GetProperty("tasks").GetProperty("completed").GetInt32());
        Assert.Equal(bytes, await _fabric.Http.GetByteArrayAsync($"/v1/missions/{mission}/results/work/raw"));
        Assert.Equal("{\"n\":1}", await _fabric.ResultAsync(mission, "work/text"));
        var tasks = (await _fabric.GetAsync($"/v1/missions/{mission}/tasks")).GetProperty("tasks").EnumerateArray().ToList();
        Assert.Equal(["work/raw", "work/text"], tasks.Select(static task => task.GetProperty("task_key").GetString()));
        await AssertEventsTellTheWholeStoryAsync(mission);
        await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.Equal(2, replay.Actions);
    }

    [Fact]
    public async Task A_program_that_knows_of_no_cell_does_tasks_and_its_log_replays()
    {
        var module = await _fabric.RegisterAsync("count", BuiltFiles.Sample("programs/count.wasm"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "programs"), wait: 20);
        await _fabric.SubmitAsync(mission, "text", "the cat and the dog"u8.ToArray());
        await _fabric.SubmitAsync(mission, "dots", "..."u8.ToArray());
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission of programs");

        Assert.Equal("2 the\n1 and\n1 cat\n1 dog\n", await _fabric.ResultAsync(mission, "work/text"));
        using var response = await _fabric.Http.GetAsync($"/v1/missions/{mission}/results/work/dots");
        Assert.Equal("exit_1", (await Problem.ExpectAsync(response, 409, "task_refused")).GetProperty("outcome_code").GetString());
        await _fabric.AssertCleanAsync();
        Assert.Equal(2, (await _fabric.AssertReplaysAsync(mission)).Actions);
    }

    [Theory]
    [InlineData("conform-rust")]
    [InlineData("conform-as")]
    public async Task A_cell_in_another_language_uses_every_import_and_its_log_replays(string guest)
    {
        var module = await _fabric.RegisterAsync(guest, BuiltFiles.Guest(guest));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, guest), wait: 20);
        await _fabric.SubmitAsync(mission, "all", "the input"u8.ToArray());
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The mission in another language");

        Assert.Equal("the input", await _fabric.ResultAsync(mission, "work/all"));
        await _fabric.AssertCleanAsync();
        Assert.Equal(1, (await _fabric.AssertReplaysAsync(mission)).Actions);
    }

    [Fact]
    public async Task A_prior_authorisation_mission_decides_refuses_by_name_and_joins()
    {
        var mission = await _fabric.OpenAsync(await _fabric.PriorAuthSpecAsync(), wait: 20);
        await _fabric.SubmitAsync(mission, "schedule", BuiltFiles.Sample("prior-auth/coverage.csv"), "reference");
        await _fabric.SubmitAsync(mission, "good", BuiltFiles.Data("request-approved.json"));
        await _fabric.SubmitAsync(mission, "broken", "not json"u8.ToArray());
        await _fabric.SubmitAsync(mission, "empty", []);
        await _fabric.CloseAsync(mission, "reference");
        await _fabric.CloseAsync(mission);
        var view = await _fabric.EndAsync(mission, "The prior-auth mission");

        Assert.Equal(2, view.GetProperty("tasks").GetProperty("refused").GetInt32());
        using var decision = System.Text.Json.JsonDocument.Parse(await _fabric.ResultAsync(mission, "decide/good"));
        Assert.Equal("approve", decision.RootElement.GetProperty("outcome").GetString());
        foreach (var (item, code) in new[] { ("broken", "not_json"), ("empty", "empty") })
        {
            using var response = await _fabric.Http.GetAsync($"/v1/missions/{mission}/results/extract/{item}");
            var problem = await Problem.ExpectAsync(response, 409, "task_refused");
            Assert.Equal(code, problem.GetProperty("outcome_code").GetString());
            using var skipped = await _fabric.Http.GetAsync($"/v1/missions/{mission}/results/decide/{item}");
            await Problem.ExpectAsync(skipped, 409, "task_skipped");
        }

        await _fabric.ResultAsync(mission, "summary");
        await _fabric.AssertCleanAsync();
        await _fabric.AssertReplaysAsync(mission);
        await AssertBootsSayWhatTheyTookAsync(mission);
        await AssertNobodyIsTheOwnerAsync();
        await AssertTheDemosQueriesAnswerAsync(mission);
        await AssertAuditorsQuestionsAreAnsweredAsync("good");
        Assert.Equal(
            ["0|action|decide/good|", "1|action|policy/good|", "2|action|coverage/good|", "3|action|extract/good|", "4|input.submitted||good"],
            await _fabric.AuditRowsAsync($"""
                select l.depth, l.kind, l.task, l.item
                  from audit.action a
                  cross join lateral audit.lineage(a.tenant_id, a.mission_id, a.seq) l
                 where a.mission_id = '{mission.Value}' and a.task = 'decide/good'
                 order by l.depth
                """));
    }

    [Fact]
    public async Task A_guest_that_calls_every_import_in_every_way_replays_bit_for_bit()
    {
        var module = await _fabric.RegisterAsync("conform", BuiltFiles.Guest("conform"));
        var mission = await _fabric.OpenAsync(Specs.Mapped(module, "conform"), wait: 20);
        await _fabric.SubmitAsync(mission, [("a", "first"), ("b", "second")]);
        await _fabric.CloseAsync(mission);
        await _fabric.EndAsync(mission, "The conformance mission");
        Assert.Equal("second", await _fabric.ResultAsync(mission, "work/b"));
        foreach (var task in (string[])["work/a", "work/b"])
        {
            // The same answers as from the engine alone, read as an auditor reads them.
            Assert.Equal(BuiltFiles.ConformanceAnswers(), await _fabric.AuditRowsAsync($"""
                select l.line ->> 'text'
                  from journal.entry e, json_array_elements(convert_from(e.payload, 'UTF8')::json -> 'logs') with ordinality l(line, n)
                 where e.stream_id = '{mission.Value}' and e.kind = 'action' and e.body::json ->> 'task' = '{task}'
                 order by e.seq, l.n
                """));
        }

        // What it is not granted is counted where an auditor looks.
        Assert.Equal(
            ["gate_begin|not_offered|2", "http_begin|no_egress|10", "model_begin|no_models|2", "task_spawn|not_offered|2"],
            await _fabric.AuditRowsAsync($"""
                select p.place ->> 'place', p.place ->> 'code', sum((p.place ->> 'count')::integer)
                  from audit.denied_call d, json_array_elements(d.places) p(place)
                 where d.mission_id = '{mission.Value}'
                 group by 1, 2 order by 1
                """));
        await _fabric.AssertCleanAsync();
        var replay = await _fabric.AssertReplaysAsync(mission);
        Assert.True(replay.Writes > 0);
    }

    /// <summary>Real stages of real boots: parts within the whole, and none of them always zero.</summary>
    private async Task AssertBootsSayWhatTheyTookAsync(MissionId mission)
    {
        var boots = await _fabric.AuditRowsAsync($"""
            select count(*) > 0, bool_and(total_us >= instantiate_us + on_start_us + key_us), bool_and(total_us > 0), max(instantiate_us) > 0, max(claim_us) > 0
              from audit.cell where ready and mission_id = '{mission.Value}'
            """);
        Assert.Equal("True|True|True|True|True", Assert.Single(boots));
    }

    private async Task AssertNobodyIsTheOwnerAsync() =>
        Assert.Equal(0, await _fabric.CountAsync("select count(*) from pg_stat_activity where usename = 'voxeltron_owner' and datname = current_database()"));

    /// <summary>The three queries the demo prints, as the role it prints them for.</summary>
    private async Task AssertTheDemosQueriesAnswerAsync(MissionId mission)
    {
        var queries = DemoReport.QueriesOf(RunningFabric.TenantName, mission.ToString());
        var answers = new List<IReadOnlyList<string>>();
        foreach (var (_, sql) in queries)
        {
            answers.Add(await _fabric.AuditRowsAsync(sql));
        }

        Assert.Equal(3, answers.Count);
        var decision = Assert.Single(answers[0]).Split('|');
        Assert.Equal(["good", "completed"], decision[..2]);
        Assert.DoesNotContain("", decision);
        var steps = answers[1].Select(static row => row.Split('|')[0]);
        Assert.Equal(steps.Order(StringComparer.Ordinal), steps);
        Assert.Contains("decide", steps);
        Assert.EndsWith("|True", Assert.Single(answers[2]), StringComparison.Ordinal);
    }

    /// <summary>Every block of docs/audit-queries.md, asked of what real cells wrote.</summary>
    private async Task AssertAuditorsQuestionsAreAnsweredAsync(string item)
    {
        foreach (var question in AuditQuestions.Read())
        {
            var sql = question.Sql.Replace("'clinic'", $"'{_fabric.Tenant}'", StringComparison.Ordinal).Replace("r-0001", item, StringComparison.Ordinal);
            // What the last second did may not be under a checkpoint yet.
            await _fabric.UntilAsync(
                "Asking: " + question.Title,
                question.ExpectsNoRows ? "no rows" : "rows",
                async () => string.Join('\n', await _fabric.AuditRowsAsync(sql)),
                rows => rows.Length == 0 == question.ExpectsNoRows);
        }
    }

    private async Task AssertEventsTellTheWholeStoryAsync(MissionId mission)
    {
        var events = (await _fabric.GetAsync($"/v1/missions/{mission}/events?limit=1000")).GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(static e => e.GetProperty("seq").GetInt32()));
        var kinds = events.Select(static e => e.GetProperty("kind").GetString()!).ToList();
        Assert.Equal(EntryKinds.EpochBegan, kinds[0]);
        Assert.Equal(EntryKinds.MissionCompleted, kinds[^1]);
        foreach (var (kind, count) in new[]
        {
            (EntryKinds.MissionSubmitted, 1), (EntryKinds.InputSubmitted, 2), (EntryKinds.InputClosed, 1),
            (EntryKinds.TaskDispatched, 2), (EntryKinds.CellBooted, 2), (EntryKinds.Action, 2), (EntryKinds.CellStopped, 2),
        })
        {
            Assert.True(kinds.Count(k => k == kind) == count, $"{kind}: {string.Join(' ', kinds)}");
        }
    }
}
