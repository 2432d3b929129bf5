using System.Net;
using Voxeltron.Kernel;
using Voxeltron.Tests.Unit.Ultra;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: the log leaves the fabric by one door, for whom it is meant, a tenant's part for a tenant's key. Method: keys of each role and tenant against the real Api.</summary>
public sealed class ExportApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Theory]
    [InlineData("developer")]
    [InlineData("tenant")]
    [InlineData("approver")]
    public async Task Who_may_read_a_mission_may_not_take_the_log_out(string role)
    {
        using var client = await api.ClientAsync(ApiFixture.Tenant, role);
        using var response = await client.GetAsync("/v1/export");
        await Problem.ExpectAsync(response, 403, "role_forbidden");
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("auditor")]
    public async Task A_tenants_key_gets_the_tenants_part(string role)
    {
        await SubmitAsync(ApiFixture.Tenant);
        await SubmitAsync(ApiFixture.OtherTenant);
        using var client = await api.ClientAsync(ApiFixture.Tenant, role);
        using var response = await client.GetAsync("/v1/export");

        Assert.Equal((HttpStatusCode.OK, "application/zip"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.EndsWith(".zip\"", response.Content.Headers.ContentDisposition?.ToString(), StringComparison.Ordinal);
        await using var export = await ExportFile.OpenAsync(await response.Content.ReadAsByteArrayAsync());
        Assert.Empty(await export.CheckMembersAsync(CancellationToken.None));
        Assert.Equal(new ExportScope(new TenantId(ApiFixture.Tenant), null), export.Manifest.Scope);
        Assert.NotEmpty(export.Manifest.Streams);
        Assert.All(export.Manifest.Streams, static stream => Assert.Contains(stream.Stream.Tenant.Value, (string[])[ApiFixture.Tenant, "fabric"]));
    }

    [Fact]
    public async Task The_whole_is_for_keys_of_the_fabric()
    {
        await SubmitAsync(ApiFixture.Tenant);
        await SubmitAsync(ApiFixture.OtherTenant);
        using var client = await FabricClientAsync("auditor");
        await using var whole = await ExportFile.OpenAsync(await client.GetByteArrayAsync("/v1/export"));
        Assert.Equal(ExportScope.Whole, whole.Manifest.Scope);
        Assert.Contains(whole.Manifest.Streams, static stream => stream.Stream.Tenant.Value == ApiFixture.OtherTenant);

        await using var part = await ExportFile.OpenAsync(await client.GetByteArrayAsync("/v1/export?tenant=" + ApiFixture.OtherTenant));
        Assert.Equal(ApiFixture.OtherTenant, part.Manifest.Scope.Tenant?.Value);
    }

    [Fact]
    public async Task A_mission_alone_and_what_is_not_there()
    {
        var mission = await SubmitAsync(ApiFixture.Tenant);
        var theirs = await SubmitAsync(ApiFixture.OtherTenant);
        await using var export = await ExportFile.OpenAsync(await api.Operator.GetByteArrayAsync($"/v1/export?mission={mission}"));
        Assert.Equal(mission, Assert.Single(export.Manifest.Streams, static stream => stream.Stream.Tenant.Value == ApiFixture.Tenant).Stream.Stream.AsMission());

        foreach (var (query, status, code) in ((string, int, string)[])
        [
            ($"mission={theirs}", 404, "mission_not_found"),
            ("mission=mission_00000000000000000000000000000009", 404, "mission_not_found"),
            ("mission=x", 404, "mission_not_found"),
            ($"tenant={ApiFixture.OtherTenant}", 404, "not_found"),
            ("tenant=..%2Fx", 400, "parameter_invalid"),
            ("tenant=demo&tenant=demo", 400, "parameter_invalid"),
        ])
        {
            using var response = await api.Operator.GetAsync("/v1/export?" + query);
            await Problem.ExpectAsync(response, status, code);
        }

        using var fabric = await FabricClientAsync("operator");
        using var nameless = await fabric.GetAsync($"/v1/export?mission={mission}");
        await Problem.ExpectAsync(nameless, 400, "parameter_invalid");
        using var unknown = await fabric.GetAsync("/v1/export?tenant=nobody");
        await Problem.ExpectAsync(unknown, 404, "not_found");
    }

    [Fact]
    public async Task One_export_is_written_at_a_time()
    {
        await SubmitAsync(ApiFixture.Tenant);
        await using var holder = await api.Database.Source(RoleOfOwner).OpenAsync();
        await using var transaction = await holder.BeginTransactionAsync();
        await using (var hold = new Npgsql.NpgsqlCommand("lock table journal.stream_head in access exclusive mode", holder, transaction))
        {
            await hold.ExecuteNonQueryAsync();
        }

        // The first one now waits for its snapshot.
        var first = api.Operator.GetAsync("/v1/export");
        await Eventually.TrueAsync("the first export to wait", () => api.Database.ScalarAsync<bool>(
            RoleOfOwner, "select exists (select from pg_locks where not granted and relation = 'journal.stream_head'::regclass)"));
        using var second = await api.Operator.GetAsync("/v1/export");
        await Problem.ExpectAsync(second, 429, "export_busy");
        Assert.NotNull(second.Headers.RetryAfter);

        await transaction.RollbackAsync();
        using var done = await first;
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        await done.Content.ReadAsByteArrayAsync();
        using var third = await api.Operator.GetAsync("/v1/export");
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    private const string RoleOfOwner = Migrations.RoleDefaults.Owner;

    // Set-up makes this tenant; a migrated database alone has none.
    private async Task<HttpClient> FabricClientAsync(string role)
    {
        await api.Database.ExecuteAsync(Migrations.RoleDefaults.Api, "insert into control.tenant (tenant_id, display_name) values ('fabric', 'Fabric') on conflict do nothing");
        return await api.ClientAsync("fabric", role);
    }

    private async Task<MissionId> SubmitAsync(string tenant)
    {
        using var client = await api.ClientAsync(tenant, "operator");
        var mission = await api.SubmitMissionAsync(client: client, tenant: tenant);
        await api.Owner.AdmitAsync(tenant, mission);
        return mission;
    }
}
