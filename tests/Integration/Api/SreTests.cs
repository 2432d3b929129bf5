using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Voxeltron.Migrations;
using Voxeltron.Sre;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: the SRE operator sees the fabric through its kernel, says it is a shadow, and can change nothing.</summary>
public sealed class SreTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Shadow_mode_shows_what_the_kernels_functions_returned()
    {
        var mission = await api.SubmitMissionAsync();
        await api.Owner.AppendAsync(ApiFixture.Tenant, mission, "action.aborted", """{"code":"out_of_fuel","task":"extract/r-1","v":1}""", null);
        await using var app = await ApiFixture.StartAsync(api.State, static () => SreHost.Build([]));
        using var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
        await Eventually.TrueAsync("the operator to be ready", async () => (await client.GetAsync("/ready")).StatusCode == HttpStatusCode.OK);
        var view = await (await client.GetAsync("/telemetry")).Content.ReadFromAsync();
        Assert.Equal("shadow", view.GetProperty("mode").GetString());
        Assert.Null(view.GetProperty("chat_model").GetString());
        Assert.Equal(6, view.GetProperty("functions").GetArrayLength());
        Assert.True(view.GetProperty("inbox").GetProperty("pending").GetInt64() >= 1);
        Assert.Equal("out_of_fuel", view.GetProperty("aborts_by_code")[0].GetProperty("code").GetString());
        Assert.Contains("no_live_host", view.GetProperty("concerns").EnumerateArray().Select(static concern => concern.GetProperty("code").GetString()));
        var metrics = await Eventually.NotNullAsync("the round to be counted", async () =>
            (await client.GetStringAsync("/metrics")).Split('\n').FirstOrDefault(static line => line.StartsWith("voxeltron_sre_rounds", StringComparison.Ordinal)));
        Assert.DoesNotContain(ApiFixture.Tenant, metrics, StringComparison.Ordinal);
        await app.StopAsync();
    }

    [Theory]
    [InlineData("update control.mission set status = 'failed'")]
    [InlineData("insert into control.inbox (tenant_id) values ('demo')")]
    [InlineData("delete from control.lease")]
    [InlineData("select payload from journal.entry")]
    [InlineData("select secret_sha256 from control.api_key")]
    public async Task Its_database_role_may_neither_write_nor_read_payloads_or_secrets(string sql)
    {
        var fault = await Assert.ThrowsAsync<PostgresException>(() => api.Database.ExecuteAsync(RoleDefaults.Sre, sql));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, fault.SqlState);
    }
}
