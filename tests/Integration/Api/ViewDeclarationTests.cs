using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: a declared view is a signed intent with the SQL as it was sent, and its owner's word on it comes back. Method: as <see cref="ItemApiTests"/>.</summary>
public sealed class ViewDeclarationTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Tenant = ApiFixture.Tenant;

    [Fact]
    public async Task The_intent_names_the_view_and_carries_the_sql()
    {
        var mission = await api.SubmitMissionAsync();
        const string sql = "select id\n  from finding -- ünï";
        using var response = await PutAsync(mission, "open_findings", Body(sql, published: true));
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal($"/v1/missions/{mission}/views/open_findings", response.Headers.Location?.ToString());
        var answer = await response.Content.ReadFromAsync();
        Assert.Equal(("open_findings", true, "accepted", JsonValueKind.Null), (
            answer.GetProperty("view").GetString(), answer.GetProperty("published").GetBoolean(), answer.GetProperty("status").GetString(), answer.GetProperty("seq").ValueKind));
        var row = Assert.Single(await api.Database.RowsAsync(RoleDefaults.Api, $"select inbox_id, kind, body, payload from control.inbox where stream_id = '{mission.Value}' and kind <> 'mission.submitted'")).Split('|');
        Assert.Equal(EntryKinds.ViewDeclared, row[1]);
        Assert.Equal(sql, Encoding.UTF8.GetString(Convert.FromHexString(row[3])));
        Assert.Equal(answer.GetProperty("intent_id").GetString(), Guid.Parse(row[0]).ToString("N"));
        using var body = JsonDocument.Parse(row[2]);
        Assert.Equal(["caller", "intent", "payload", "published", "view"], body.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal((true, "open_findings"), (body.RootElement.GetProperty("published").GetBoolean(), body.RootElement.GetProperty("view").GetString()));
    }

    [Fact]
    public async Task Declared_twice_it_is_two_acts_unless_a_key_says_otherwise()
    {
        var mission = await api.SubmitMissionAsync();
        (await PutAsync(mission, "v", Body("select 1", published: true))).Dispose();
        (await PutAsync(mission, "v", Body("select 1", published: true))).Dispose();
        Assert.Equal(2, await CountAsync(mission));
        using var first = await PutAsync(mission, "v", Body("select 2", published: false), key: "k-1");
        using var again = await PutAsync(mission, "v", Body("select 2", published: false), key: "k-1");
        using var other = await PutAsync(mission, "v", Body("select 3", published: false), key: "k-1");
        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotency-Replayed")));
        await Problem.ExpectAsync(other, 409, "idempotency_conflict");
        Assert.Equal(3, await CountAsync(mission));
        using var elsewhere = await PutAsync(mission, "w", Body("select 3", published: false), key: "k-1");
        Assert.Equal(HttpStatusCode.Accepted, elsewhere.StatusCode);
    }

    [Fact]
    public async Task The_owners_refusal_is_the_answer_and_so_is_its_admission()
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AdmitAsync(Tenant, mission);
        var waiting = PutAsync(mission, "v", Body("select", published: true), wait: 20);
        await Eventually.TrueAsync("the intent to be written", async () => await CountAsync(mission) == 1);
        await api.Owner.RefuseAsync(Tenant, mission, EntryKinds.ViewDeclared, "view_sql", """{"errors":[{"path":"/sql","code":"view_sql","reason":"line 1, column 7: a list is missing"}]}""");
        using var refused = await waiting;
        var problem = await Problem.ExpectAsync(refused, 422, "view_sql");
        Assert.Contains("line 1, column 7", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        waiting = PutAsync(mission, "v", Body("select 1", published: true), wait: 20);
        await Eventually.TrueAsync("the intent to be written", async () => await CountAsync(mission) == 2);
        await api.Owner.AdmitAsync(Tenant, mission);
        using var admitted = await waiting;
        Assert.Equal(HttpStatusCode.Created, admitted.StatusCode);
        Assert.Equal("admitted", (await admitted.Content.ReadFromAsync()).GetProperty("status").GetString());
        await api.Owner.AdmitAsync(Tenant, mission, "completed");
        using var late = await PutAsync(mission, "v", Body("select 2", published: true));
        await Problem.ExpectAsync(late, 409, "mission_finished");
    }

    [Theory]
    [InlineData("{}", 400, "parameter_invalid", "sql")]
    [InlineData("""{"sql":"select 1"}""", 400, "parameter_invalid", "published")]
    [InlineData("""{"published":true,"sql":7}""", 400, "parameter_invalid", "must be a string")]
    [InlineData("""{"published":"yes","sql":"select 1"}""", 400, "parameter_invalid", "true or false")]
    [InlineData("""{"published":true,"sql":"  "}""", 400, "parameter_invalid", "query")]
    [InlineData("""{"published":true,"sql":"select \u0000"}""", 400, "parameter_invalid", "U+0000")]
    [InlineData("""{"published":true,"sql":"select 1","pubished":false}""", 400, "parameter_invalid", "pubished")]
    [InlineData("[]", 400, "json_not_object", "object")]
    [InlineData("{", 400, "json_malformed", "")]
    [InlineData("", 400, "body_empty", "sql")]
    public async Task A_declaration_that_cannot_be_read_is_refused_with_the_place(string body, int status, string code, string said)
    {
        var mission = await api.SubmitMissionAsync();
        using var response = await PutAsync(mission, "v", body);
        var problem = await Problem.ExpectAsync(response, status, code);
        Assert.Contains(said, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await CountAsync(mission));
    }

    [Fact]
    public async Task Names_and_lengths_have_bounds_that_are_named()
    {
        var mission = await api.SubmitMissionAsync();
        foreach (var name in new[] { "V", "1v", "v-1", "v.x", "_v", "%C3%A4", new string('v', 64) })
        {
            using var badName = await PutAsync(mission, name, Body("select 1", published: true));
            await Problem.ExpectAsync(badName, 400, "parameter_invalid");
        }

        using var longest = await PutAsync(mission, new string('v', 63), Body(new string('ä', 8 * 1024), published: true));
        Assert.Equal(HttpStatusCode.Accepted, longest.StatusCode);
        using var longer = await PutAsync(mission, "v", Body(new string('ä', 8 * 1024) + "x", published: true));
        Assert.Contains("16384", (await Problem.ExpectAsync(longer, 413, "body_too_large")).GetProperty("detail").GetString(), StringComparison.Ordinal);
        using var huge = await PutAsync(mission, "v", Body(new string('x', 200_000), published: true));
        await Problem.ExpectAsync(huge, 413, "body_too_large");
        using var nowhere = await PutAsync(new MissionId(Guid.NewGuid()), "v", Body("select 1", published: true));
        await Problem.ExpectAsync(nowhere, 404, "mission_not_found");
        using var client = await api.ClientAsync(ApiFixture.OtherTenant, "operator");
        using var foreign = await PutAsync(mission, "v", Body("select 1", published: true), client: client);
        await Problem.ExpectAsync(foreign, 404, "mission_not_found");
    }

    private static string Body(string sql, bool published) => JsonSerializer.Serialize(new { sql, published });

    private async Task<HttpResponseMessage> PutAsync(MissionId mission, string view, string body, string? key = null, int wait = 0, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/missions/{mission}/views/{view}") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("Prefer", $"wait={wait}");
        if (key is not null)
        {
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        }

        return await (client ?? api.Operator).SendAsync(request);
    }

    private Task<long> CountAsync(MissionId mission) => api.Database.ScalarAsync<long>(
        RoleDefaults.Api, $"select count(*) from control.inbox where stream_id = '{mission.Value}' and kind = '{EntryKinds.ViewDeclared}'");
}
