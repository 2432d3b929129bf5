using System.Net;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>Goal: an upload is signed into the tenant's system stream and answered with what a worker decided. Method: as <see cref="MissionApiTests"/>.</summary>
public sealed class ModuleApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task With_no_worker_an_upload_is_202_and_can_be_looked_up()
    {
        var wasm = Guid.NewGuid().ToByteArray();
        using var response = await UploadAsync(wasm, wait: 0);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var view = await (await api.Operator.GetAsync(response.Headers.Location)).Content.ReadFromAsync();
        Assert.Equal("submitted", view.GetProperty("status").GetString());
        Assert.Equal(16, view.GetProperty("size_bytes").GetInt64());
        var stream = StreamId.System(new TenantId(ApiFixture.Tenant)).Value;
        var row = await api.Database.RowsAsync(RoleDefaults.Api, $"select l.role, encode(i.payload, 'hex') from control.inbox i join control.lease l using (tenant_id, stream_id) where i.stream_id = '{stream}' and i.body like '%{ModuleDigest.Of(wasm)}%'");
        Assert.Equal("system|" + Convert.ToHexStringLower(wasm), Assert.Single(row));
    }

    [Fact]
    public async Task A_waiting_upload_is_answered_with_the_workers_refusal_and_so_is_a_repeat()
    {
        var wasm = Guid.NewGuid().ToByteArray();
        var digest = ModuleDigest.Of(wasm).Value;
        var answer = UploadAsync(wasm, wait: 20);
        await Eventually.TrueAsync("the upload in the inbox", async () =>
            await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where body like '%{digest}%'") == 1);
        await api.Owner.RefuseModuleAsync(ApiFixture.Tenant, digest, "unknown_import", "imports env.abort");
        using var response = await answer;
        var problem = await Problem.ExpectAsync(response, 422, "unknown_import");
        Assert.Equal("imports env.abort", problem.GetProperty("detail").GetString());
        using var repeat = await UploadAsync(wasm, wait: 0);
        await Problem.ExpectAsync(repeat, 422, "unknown_import");
    }

    /// <summary>A compiler cut off by a busy machine must not be the last word on a module.</summary>
    [Theory]
    [InlineData("compile_limit", 2)]
    [InlineData("compile_failed", 2)]
    [InlineData("unknown_import", 1)]
    public async Task What_the_machine_had_a_part_in_is_judged_again_when_it_is_sent_again(string code, int submissions)
    {
        var wasm = Guid.NewGuid().ToByteArray();
        var digest = ModuleDigest.Of(wasm).Value;
        using (var first = await UploadAsync(wasm, wait: 0))
        {
            Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        }

        await api.Owner.RefuseModuleAsync(ApiFixture.Tenant, digest, code, "cut off");
        using var again = await UploadAsync(wasm, wait: 0);
        Assert.Equal(submissions == 2 ? HttpStatusCode.Accepted : HttpStatusCode.UnprocessableEntity, again.StatusCode);
        Assert.Equal(submissions, await api.Database.ScalarAsync<long>(RoleDefaults.Api, $"select count(*) from control.inbox where body like '%{digest}%'"));
    }

    [Fact]
    public async Task A_registered_module_is_answered_at_once()
    {
        var wasm = Guid.NewGuid().ToByteArray();
        await api.Owner.RegisterModuleAsync(ApiFixture.Tenant, ModuleDigest.Of(wasm).Value);
        using var response = await UploadAsync(wasm, wait: 0);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("registered", (await response.Content.ReadFromAsync()).GetProperty("status").GetString());
    }

    private async Task<HttpResponseMessage> UploadAsync(byte[] wasm, int wait)
    {
        using var request = Requests.Post("/v1/modules?name=extract", wasm, "application/wasm");
        request.Headers.TryAddWithoutValidation("Prefer", $"wait={wait}");
        return await api.Operator.SendAsync(request);
    }
}
