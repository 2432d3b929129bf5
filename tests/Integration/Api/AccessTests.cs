using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: no endpoint answers without a right to it. Method: the list of endpoints comes from the running Api, so a new one is covered or fails.</summary>
public sealed class AccessTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string[] s_anonymous = ["/health", "/ready", "/metrics", "/openapi/{documentName}.json", "/login", "/style.css"];

    private IEnumerable<(string Method, string Path, bool Anonymous)> Endpoints() =>
        from endpoint in api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, path, endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null);

    [Fact]
    public void Only_the_listed_addresses_are_open()
    {
        var open = Endpoints().Where(static endpoint => endpoint.Anonymous).Select(static endpoint => endpoint.Path).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(s_anonymous.Order(StringComparer.Ordinal), open);
    }

    [Fact]
    public async Task Every_endpoint_turns_away_who_has_no_key_or_a_worthless_one()
    {
        var expired = await api.KeyAsync(ApiFixture.Tenant, "operator", DateTime.UtcNow.AddSeconds(1));
        var revoked = await api.KeyAsync(ApiFixture.Tenant, "operator");
        await new ApiKeyCommands(api.Database.Api).RevokeAsync(new TenantId(ApiFixture.Tenant), revoked[4..20], CancellationToken.None);
        var live = await api.KeyAsync(ApiFixture.Tenant, "operator");
        var wrong = live[..^1] + (live[^1] == 'A' ? 'B' : 'A');
        await Eventually.TrueAsync("the key to expire", () => Task.FromResult(DateTime.UtcNow > DateTime.UtcNow.Date && IsExpired(expired)));
        string?[] headers = [null, "Bearer", "Bearer ", "Bearer x", "Basic dTpw", "Bearer " + ApiKeyText.Create().Reveal(), "Bearer " + wrong, "Bearer " + revoked, "Bearer " + expired, "Bearer " + live + "x"];
        foreach (var (method, path, _) in Endpoints().Where(static endpoint => !endpoint.Anonymous))
        {
            foreach (var header in headers)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), Concrete(path));
                if (header is not null)
                {
                    request.Headers.TryAddWithoutValidation("Authorization", header);
                }

                using var response = await api.Anonymous.SendAsync(request);
                if (header is null && !path.StartsWith("/v1", StringComparison.Ordinal))
                {
                    Assert.True(response.StatusCode == HttpStatusCode.Redirect && response.Headers.Location!.ToString().Contains("/login", StringComparison.Ordinal), $"{method} {path}: {response.StatusCode}");
                    continue;
                }

                // A page knows cookies only: whatever the header says, it leads to the sign-in.
                Assert.True(response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Redirect, $"{method} {path} with '{header}': {response.StatusCode}");
                if (path.StartsWith("/v1", StringComparison.Ordinal))
                {
                    await Problem.ExpectAsync(response, 401, "unauthorized");
                }
            }
        }

        bool IsExpired(string key) => api.Database.ScalarAsync<bool>("voxeltron_api", $"select time_expires < now() from control.api_key where key_id = '{key[4..20]}'").GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData("auditor")]
    [InlineData("approver")]
    public async Task Readers_may_read_and_may_not_write(string role)
    {
        var mission = await api.SubmitMissionAsync();
        using var client = await api.ClientAsync(ApiFixture.Tenant, role);
        using var read = await client.GetAsync($"/v1/missions/{mission}");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        foreach (var (method, path, _) in Endpoints().Where(static endpoint => endpoint.Path.StartsWith("/v1", StringComparison.Ordinal) && endpoint.Method != "GET"))
        {
            if (role == "approver" && path.EndsWith(":decide", StringComparison.Ordinal))
            {
                // What they are there for.
                continue;
            }

            using var request = new HttpRequestMessage(new HttpMethod(method), Concrete(path));
            using var response = await client.SendAsync(request);
            Assert.True(response.StatusCode == HttpStatusCode.Forbidden, $"{role}: {method} {request.RequestUri} answers {(int)response.StatusCode}");
            await Problem.ExpectAsync(response, 403, "role_forbidden");
        }
    }

    [Fact]
    public async Task A_tenant_key_feeds_missions_and_uploads_no_module()
    {
        using var client = await api.ClientAsync(ApiFixture.Tenant, "tenant");
        await api.SubmitMissionAsync(client: client);
        using var module = await client.SendAsync(Requests.Post("/v1/modules?name=m", [0], "application/wasm"));
        await Problem.ExpectAsync(module, 403, "role_forbidden");
    }

    [Theory]
    [InlineData("developer")]
    [InlineData("tenant")]
    [InlineData("auditor")]
    public async Task Only_an_operator_may_inject_faults(string role)
    {
        var mission = await api.SubmitMissionAsync();
        using var client = await api.ClientAsync(ApiFixture.Tenant, role);
        using var refused = await client.SendAsync(Requests.Post($"/v1/missions/{mission}/faults", "{\"fault\":\"trap\",\"task\":\"extract/r\"}"u8.ToArray(), "application/json"));
        await Problem.ExpectAsync(refused, 403, "role_forbidden");
        using var keyless = await api.Operator.SendAsync(Requests.Post($"/v1/missions/{mission}/faults", "{\"fault\":\"trap\",\"task\":\"extract/r\"}"u8.ToArray(), "application/json"));
        await Problem.ExpectAsync(keyless, 400, "idempotency_key_missing");
    }

    [Theory]
    [InlineData("developer")]
    [InlineData("approver")]
    public async Task Only_an_operator_may_say_whose_keys_count(string role)
    {
        using var client = await api.ClientAsync(ApiFixture.Tenant, role);
        using var refused = await client.SendAsync(Requests.Post("/v1/approvers", "{}"u8.ToArray(), "application/json"));
        await Problem.ExpectAsync(refused, 403, "role_forbidden");
        using var revoke = await client.DeleteAsync("/v1/approvers/dr.grey");
        await Problem.ExpectAsync(revoke, 403, "role_forbidden");
    }

    [Fact]
    public async Task Another_tenants_things_do_not_exist()
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AdmitAsync(ApiFixture.Tenant, mission);
        var module = await api.Owner.RegisterModuleAsync(ApiFixture.Tenant);
        using var client = await api.ClientAsync(ApiFixture.OtherTenant, "operator");
        foreach (var path in new[] { "", "/tasks", "/events", "/results/extract", "/views", "/views/findings", "/modules", "/incidents" })
        {
            using var response = await client.GetAsync($"/v1/missions/{mission}{path}");
            await Problem.ExpectAsync(response, 404, "mission_not_found");
        }

        using var gate = await client.GetAsync($"/v1/gates/{mission}/1");
        await Problem.ExpectAsync(gate, 404, "gate_not_found");
        using var decision = await client.SendAsync(Requests.Post($"/v1/gates/{mission}/1:decide", System.Text.Encoding.UTF8.GetBytes($"{{\"decision\":\"approve\",\"digest\":\"{new string('0', 64)}\"}}"), "application/json"));
        await Problem.ExpectAsync(decision, 404, "gate_not_found");
        using var item = await client.SendAsync(Requests.Item(mission, "requests", "r-1", [1]));
        await Problem.ExpectAsync(item, 404, "mission_not_found");
        using var close = await client.PostAsync($"/v1/missions/{mission}/inputs/requests:close", null);
        await Problem.ExpectAsync(close, 404, "mission_not_found");
        using var cancel = await client.PostAsync($"/v1/missions/{mission}:cancel", null);
        await Problem.ExpectAsync(cancel, 404, "mission_not_found");
        using var found = await client.GetAsync($"/v1/modules/{module}");
        await Problem.ExpectAsync(found, 404, "module_not_found");
        using var spec = await client.SendAsync(Requests.Mission(Requests.Spec(module), "steal"));
        await Problem.ExpectAsync(spec, 422, "unknown_module");
    }

    [Fact]
    public async Task A_revoked_key_stops_working_within_the_time_it_is_remembered()
    {
        var key = await api.KeyAsync(ApiFixture.Tenant, "operator");
        using var client = api.Client(key);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/whoami")).StatusCode);
        await new ApiKeyCommands(api.Database.Api).RevokeAsync(new TenantId(ApiFixture.Tenant), key[4..20], CancellationToken.None);
        await Eventually.TrueAsync("the revoked key to be refused", async () => (await client.GetAsync("/v1/whoami")).StatusCode == HttpStatusCode.Unauthorized);
    }

    private static string Concrete(string path) => path
        .Replace("{id}", "mission_" + new string('0', 32), StringComparison.Ordinal)
        .Replace("{name}", "requests", StringComparison.Ordinal)
        .Replace("{view}", "findings", StringComparison.Ordinal)
        .Replace("{mission}", "mission_" + new string('0', 32), StringComparison.Ordinal)
        .Replace("{gate}", "7", StringComparison.Ordinal)
        .Replace("{digest}", new string('0', 64), StringComparison.Ordinal)
        .Replace("{**taskKey}", "extract", StringComparison.Ordinal)
        .Replace("{**path}", "", StringComparison.Ordinal);
}
