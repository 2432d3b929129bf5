using System.Net;
using System.Net.Http.Headers;
using Npgsql;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: the Api starts and stays up without Postgres, says so, and recovers. Method: a second Api behind a proxy that can be cut.</summary>
public sealed class ResilienceTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Postgres_absent_at_start_and_lost_in_the_middle_is_503_and_heals()
    {
        var own = new NpgsqlConnectionStringBuilder(api.Database.ConnectionString("voxeltron_api"));
        await using var proxy = new SocketProxy(Path.Combine(own.Host!, $".s.PGSQL.{own.Port}"), own.Port);
        using var state = StateDirectory.Create(api.Database, proxy.Directory);
        var key = await api.KeyAsync(ApiFixture.Tenant, "operator");
        var module = await api.Owner.RegisterModuleAsync(ApiFixture.Tenant);

        await using var app = await ApiFixture.StartAsync(state);
        using var client = new HttpClient { BaseAddress = ApiFixture.UrlOf(app) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        await ExpectAwayAsync(client, module, "absent");

        proxy.Open();
        await ExpectBackAsync(client, module, "first");

        proxy.Cut();
        await ExpectAwayAsync(client, module, "lost");

        proxy.Open();
        await ExpectBackAsync(client, module, "second");
        await app.StopAsync();
    }

    private static async Task ExpectAwayAsync(HttpClient client, string module, string key)
    {
        using var ready = await client.GetAsync("/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var health = await client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        using var response = await client.SendAsync(Requests.Mission(Requests.Spec(module), key, wait: 0));
        await Problem.ExpectAsync(response, 503, "postgres_unavailable");
        Assert.NotNull(response.Headers.RetryAfter);
    }

    private static async Task ExpectBackAsync(HttpClient client, string module, string key)
    {
        await Eventually.TrueAsync("the Api to be ready again", async () => (await client.GetAsync("/ready")).IsSuccessStatusCode);
        using var response = await client.SendAsync(Requests.Mission(Requests.Spec(module), key, wait: 0));
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
    }
}
