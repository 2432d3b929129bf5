using System.Net;
using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: items are kept byte for byte, once per key, and read back with their results. Method: as <see cref="MissionApiTests"/>.</summary>
public sealed class ItemApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Tenant = ApiFixture.Tenant;

    [Fact]
    public async Task An_items_bytes_are_kept_exactly_whatever_they_are()
    {
        var mission = await api.SubmitMissionAsync();
        byte[] bytes = [0, 1, 0xff, 0xfe, (byte)'{', 0x0a, 0x0d];
        using var response = await api.Operator.SendAsync(Requests.Item(mission, "requests", "bytes", bytes));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        using var empty = await api.Operator.SendAsync(Requests.Item(mission, "requests", "empty", []));
        Assert.Equal(HttpStatusCode.Accepted, empty.StatusCode);
        var rows = await api.Database.RowsAsync(RoleDefaults.Api, $"select payload, body::jsonb -> 'payload' ->> 'size', body::jsonb ->> 'item' from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted' order by position");
        Assert.Equal([$"{Convert.ToHexStringLower(bytes)}|7|bytes", "|0|empty"], rows);
    }

    [Fact]
    public async Task The_same_item_attaches_and_other_bytes_conflict()
    {
        var mission = await api.SubmitMissionAsync();
        using var first = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        using var again = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        using var other = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [2]));
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        await Problem.ExpectAsync(other, 409, "idempotency_conflict");
    }

    [Fact]
    public async Task A_header_that_says_another_key_than_the_items_is_refused()
    {
        var mission = await api.SubmitMissionAsync();
        using var differs = Requests.Item(mission, "requests", "r-1", [1]);
        differs.Headers.Add("Idempotency-Key", "r-2");
        using var refused = await api.Operator.SendAsync(differs);
        await Problem.ExpectAsync(refused, 400, "idempotency_key_differs");
        Assert.Empty(await api.Database.RowsAsync(RoleDefaults.Api, $"select 1 from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted'"));

        using var same = Requests.Item(mission, "requests", "r-1", [1]);
        same.Headers.Add("Idempotency-Key", "r-1");
        using var accepted = await api.Operator.SendAsync(same);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
    }

    [Fact]
    public async Task An_undeclared_input_is_refused_with_the_declared_ones_named()
    {
        var mission = await api.SubmitMissionAsync();
        using var response = await api.Operator.SendAsync(Requests.Item(mission, "nonsense", "r-1", [1]));
        var problem = await Problem.ExpectAsync(response, 422, "unknown_input");
        Assert.Contains("requests", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_is_written_whole_attaches_whole_and_conflicts_whole()
    {
        var mission = await api.SubmitMissionAsync();
        string[] lines = [Requests.BatchLine("b-1", "one"), Requests.BatchLine("b-2", "two"), Requests.BatchLine("b-3", "three")];
        var first = await (await api.Operator.SendAsync(Requests.Batch(mission, lines))).Content.ReadFromAsync();
        Assert.Equal(3, first.GetProperty("accepted").GetInt32());
        var again = await (await api.Operator.SendAsync(Requests.Batch(mission, lines))).Content.ReadFromAsync();
        Assert.Equal(3, again.GetProperty("attached").GetInt32());
        using var conflict = await api.Operator.SendAsync(Requests.Batch(mission, [Requests.BatchLine("b-4", "new"), Requests.BatchLine("b-2", "other")]));
        var problem = await Problem.ExpectAsync(conflict, 409, "idempotency_conflict");
        Assert.Equal("/2", Assert.Single(problem.GetProperty("errors").EnumerateArray()).GetProperty("path").GetString());
        var items = await api.Database.RowsAsync(RoleDefaults.Api, $"select body::jsonb ->> 'item' from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted' order by position");
        Assert.Equal(["b-1", "b-2", "b-3"], items);
    }

    [Fact]
    public async Task Two_hundred_items_at_once_are_each_written_once()
    {
        var mission = await api.SubmitMissionAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            using var response = await api.Operator.SendAsync(Requests.Item(mission, "requests", $"i-{i % 100}", Encoding.UTF8.GetBytes($"{i % 100}")));
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        }));
        Assert.Equal(100, await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where stream_id = '{mission.Value}' and kind = 'input.submitted'"));
    }

    [Fact]
    public async Task Prefer_wait_answers_with_the_seq_or_with_the_owners_refusal()
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AdmitAsync(Tenant, mission);
        var admitted = api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1], wait: 20));
        await PendingAsync(mission);
        await api.Owner.AdmitAsync(Tenant, mission);
        using var created = await admitted;
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        Assert.Equal(2, (await created.Content.ReadFromAsync()).GetProperty("seq").GetInt64());

        var refused = api.Operator.SendAsync(Requests.Item(mission, "requests", "r-2", [1], wait: 20));
        await PendingAsync(mission);
        await api.Owner.RefuseAsync(Tenant, mission, "input.submitted", "input_closed", """{"errors":[]}""");
        using var response = await refused;
        await Problem.ExpectAsync(response, 422, "input_closed");
    }

    [Fact]
    public async Task A_finished_mission_takes_no_more_but_still_answers_repeats()
    {
        var mission = await api.SubmitMissionAsync();
        using var before = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        await api.Owner.AdmitAsync(Tenant, mission, "completed");
        using var repeat = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        Assert.Equal(HttpStatusCode.OK, repeat.StatusCode);
        using var late = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-2", [1]));
        await Problem.ExpectAsync(late, 409, "mission_finished");
    }

    [Fact]
    public async Task Closing_and_cancelling_are_signed_once()
    {
        var mission = await api.SubmitMissionAsync();
        foreach (var (path, status) in new[] { ("inputs/requests:close", HttpStatusCode.Accepted), ("inputs/requests:close", HttpStatusCode.OK) })
        {
            using var response = await api.Operator.PostAsync($"/v1/missions/{mission}/{path}", null);
            Assert.Equal(status, response.StatusCode);
        }

        using var cancel = await api.Operator.PostAsync($"/v1/missions/{mission}:cancel", null);
        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        var kinds = await api.Database.RowsAsync(RoleDefaults.Api, $"select kind from control.inbox where stream_id = '{mission.Value}' order by position");
        Assert.Equal(["mission.submitted", "input.closed", "mission.cancel_requested"], kinds);
    }

    [Fact]
    public async Task Results_come_back_as_bytes_and_every_other_outcome_says_why()
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AdmitAsync(Tenant, mission);
        await api.Owner.CompleteTaskAsync(Tenant, mission, "extract/json", "completed", """{"result":{"text":"{\"approved\":true}"}}""");
        await api.Owner.CompleteTaskAsync(Tenant, mission, "extract/raw", "completed", """{"result":{"base64":"AP8="}}""");
        await api.Owner.CompleteTaskAsync(Tenant, mission, "extract/no", "refused", """{"message":"the bundle holds no Claim"}""", "not_a_request");
        await api.Owner.TaskAsync(Tenant, mission, "extract/busy", "running", 1);
        await api.Owner.TaskAsync(Tenant, mission, "extract/failed", "failed", 1, "out_of_fuel");

        using var json = await api.Operator.GetAsync($"/v1/missions/{mission}/results/extract/json");
        Assert.Equal("application/json", json.Content.Headers.ContentType?.MediaType);
        Assert.Equal("""{"approved":true}""", await json.Content.ReadAsStringAsync());
        Assert.Equal("41", Assert.Single(json.Headers.GetValues("Voxeltron-Fuel")));
        using var raw = await api.Operator.GetAsync($"/v1/missions/{mission}/results/extract/raw");
        Assert.Equal([0, 0xff], await raw.Content.ReadAsByteArrayAsync());
        using var refused = await api.Operator.GetAsync($"/v1/missions/{mission}/results/extract/no");
        var problem = await Problem.ExpectAsync(refused, 409, "task_refused");
        Assert.Equal("not_a_request", problem.GetProperty("outcome_code").GetString());
        Assert.Equal("the bundle holds no Claim", problem.GetProperty("message").GetString());
        using var busy = await api.Operator.GetAsync($"/v1/missions/{mission}/results/extract/busy");
        await Problem.ExpectAsync(busy, 409, "result_not_ready");
        using var failed = await api.Operator.GetAsync($"/v1/missions/{mission}/results/extract/failed");
        await Problem.ExpectAsync(failed, 409, "task_failed");
        using var unknown = await api.Operator.GetAsync($"/v1/missions/{mission}/results/nothing");
        await Problem.ExpectAsync(unknown, 404, "task_not_found");

        var page = await (await api.Operator.GetAsync($"/v1/missions/{mission}/tasks?limit=3")).Content.ReadFromAsync();
        Assert.Equal(3, page.GetProperty("tasks").GetArrayLength());
        var rest = await (await api.Operator.GetAsync($"/v1/missions/{mission}/tasks?after={page.GetProperty("next_after").GetString()}")).Content.ReadFromAsync();
        Assert.Equal(2, rest.GetProperty("tasks").GetArrayLength());
    }

    private Task PendingAsync(MissionId mission) => Eventually.TrueAsync("a pending item", async () =>
        await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where stream_id = '{mission.Value}' and consumed_seq is null") > 0);
}
