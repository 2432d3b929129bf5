using System.Net;
using System.Text;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: what a client is told about missions is what is durable, once per key. Method: the real Api, an owner played in SQL.</summary>
public sealed class MissionApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Tenant = ApiFixture.Tenant;

    [Fact]
    public async Task A_mission_nobody_owns_yet_is_accepted_signed_and_claimable()
    {
        var mission = await api.SubmitMissionAsync();
        var row = await api.Database.RowsAsync(RoleDefaults.Api, $"select i.kind, i.actor like 'api/%', octet_length(i.signature), i.body::jsonb -> 'caller' ->> 'role', l.role from control.inbox i join control.lease l using (tenant_id, stream_id) where i.stream_id = '{mission.Value}'");
        Assert.Equal("mission.submitted|True|64|operator|mission", Assert.Single(row));
        var view = await (await api.Operator.GetAsync($"/v1/missions/{mission}")).Content.ReadFromAsync();
        Assert.Equal("submitted", view.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_intent_in_the_inbox_verifies_with_the_Apis_public_key()
    {
        var mission = await api.SubmitMissionAsync();
        var row = Assert.Single(await api.Database.RowsAsync(RoleDefaults.Api, $"select body, signature, signer from control.inbox where stream_id = '{mission.Value}'"));
        var parts = row.Split('|');
        var signer = Voxeltron.Hosting.FabricState.Open(api.State.Path).Signer(Voxeltron.Hosting.FabricKey.Api);
        Assert.Equal(signer.KeyId.Value, parts[2]);
        Assert.True(Ultra.Ed25519.Verify(signer.PublicKey, Ultra.Dsse.Pae("application/vnd.voxeltron.intent.v1+json", Encoding.UTF8.GetBytes(parts[0])), Convert.FromHexString(parts[1])));
    }

    [Fact]
    public async Task A_waiting_POST_answers_201_as_soon_as_an_owner_opens_the_mission()
    {
        var module = await api.Owner.RegisterModuleAsync(Tenant);
        using var request = Requests.Mission(Requests.Spec(module), "wait-" + module[..8], wait: 20);
        var answer = api.Operator.SendAsync(request);
        var mission = await WaitForInboxAsync(module);
        await api.Owner.AdmitAsync(Tenant, mission, subject: $"{Tenant}/{mission.Hex}");
        using var response = await answer;
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/v1/missions/{mission}", response.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_spec_its_owner_refuses_is_422_with_the_owners_code_and_errors()
    {
        var module = await api.Owner.RegisterModuleAsync(Tenant);
        using var request = Requests.Mission(Requests.Spec(module), "refuse-" + module[..8], wait: 20);
        var answer = api.Operator.SendAsync(request);
        var mission = await WaitForInboxAsync(module);
        await api.Owner.RefuseAsync(Tenant, mission, "mission.submitted", "spec_invalid", """{"errors":[{"path":"/tasks","code":"cycle","reason":"extract depends on itself"}]}""");
        using var response = await answer;
        var problem = await Problem.ExpectAsync(response, 422, "spec_invalid");
        Assert.Equal("cycle", problem.GetProperty("errors")[0].GetProperty("code").GetString());

        var view = await (await api.Operator.GetAsync($"/v1/missions/{mission}")).Content.ReadFromAsync();
        Assert.Equal("refused", view.GetProperty("status").GetString());
        using var item = await api.Operator.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        await Problem.ExpectAsync(item, 409, "mission_refused");
    }

    [Fact]
    public async Task The_same_key_and_body_attach_and_another_body_conflicts()
    {
        var module = await api.Owner.RegisterModuleAsync(Tenant);
        using var first = await api.Operator.SendAsync(Requests.Mission(Requests.Spec(module), "same-key", wait: 0));
        using var again = await api.Operator.SendAsync(Requests.Mission(Requests.Spec(module), "same-key", wait: 0));
        using var other = await api.Operator.SendAsync(Requests.Mission(Requests.Spec(module, name: "other"), "same-key", wait: 0));
        var mission = (await first.Content.ReadFromAsync()).GetProperty("mission_id").GetString();
        Assert.Equal(mission, (await again.Content.ReadFromAsync()).GetProperty("mission_id").GetString());
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotency-Replayed")));
        var problem = await Problem.ExpectAsync(other, 409, "idempotency_conflict");
        Assert.Equal(mission, problem.GetProperty("mission_id").GetString());
        var count = await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where body like '%{module}%' or stream_id = '{Guid.Parse(mission![8..])}'");
        Assert.Equal(1, count);
    }

    [Fact]
    public async Task Fifty_equal_requests_at_once_start_one_mission()
    {
        var module = await api.Owner.RegisterModuleAsync(Tenant);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var response = await api.Operator.SendAsync(Requests.Mission(Requests.Spec(module), "stampede", wait: 0));
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            return (await response.Content.ReadFromAsync()).GetProperty("mission_id").GetString();
        }));
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task An_unknown_module_is_refused_before_anything_is_written()
    {
        var unknown = new string('0', 64);
        using var response = await api.Operator.SendAsync(Requests.Mission(Requests.Spec(unknown), "unknown-module"));
        var problem = await Problem.ExpectAsync(response, 422, "unknown_module");
        Assert.Equal("/tasks/0/module", problem.GetProperty("errors")[0].GetProperty("path").GetString());
        Assert.Equal(0, await api.Database.ScalarAsync<long>(RoleDefaults.Api, "select count(*) from control.idempotency where idempotency_key = 'unknown-module'"));
    }

    [Fact]
    public async Task Missions_page_newest_first_without_gap_or_repeat()
    {
        var client = await api.ClientAsync(ApiFixture.OtherTenant, "operator");
        var expected = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            var mission = new MissionId(Guid.NewGuid());
            await api.Owner.SetMissionAsync(ApiFixture.OtherTenant, mission, "running");
            expected.Insert(0, mission.ToString());
        }

        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await (await client.GetAsync($"/v1/missions?limit=2{(after is null ? "" : "&after=" + after)}")).Content.ReadFromAsync();
            seen.AddRange(page.GetProperty("missions").EnumerateArray().Select(static m => m.GetProperty("mission_id").GetString()!));
            after = page.GetProperty("next_after").GetString();
        }
        while (after is not null);
        Assert.Equal(expected, seen);
    }

    /// <summary>The mission whose spec names a module, once it is durable.</summary>
    private async Task<MissionId> WaitForInboxAsync(string module)
    {
        var id = await Eventually.NotNullAsync($"an inbox row naming module {module}", async () =>
        {
            var rows = await api.Database.RowsAsync(RoleDefaults.Api, $"select stream_id from control.inbox where kind = 'mission.submitted' and position('{module}' in convert_from(payload, 'UTF8')) > 0");
            return rows.Count > 0 ? rows[0] : null;
        });
        return new MissionId(Guid.Parse(id));
    }
}
