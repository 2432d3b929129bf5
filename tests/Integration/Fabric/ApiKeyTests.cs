using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;
using Voxeltron.Tests.Integration.Api;
using Xunit;

namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>Goal: every role can be given to somebody and taken back, and the secret is nowhere but with them. Method: the commands an operator runs, against a running fabric.</summary>
[Collection(WorkingFabric.Name)]
public sealed class ApiKeyTests(WorkingFabricFixture fixture)
{
    private readonly RunningFabric _fabric = fixture.Fabric;

    public static TheoryData<string> Roles => [.. ApiRoles.All];

    [Theory]
    [MemberData(nameof(Roles))]
    public async Task A_key_of_each_role_is_made_shown_once_listed_and_revoked(string role)
    {
        var said = await RunAsync("create", "--tenant", RunningFabric.TenantName, "--role", role, "--name", "a person: " + role, "--expires-days", "30");
        var text = said.Split(' ', '\n').Single(static word => word.StartsWith("vxt_", StringComparison.Ordinal));
        Assert.True(ApiKeyText.TryParse(text, out var key));
        using var client = new HttpClient { BaseAddress = _fabric.Http.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        using (var who = JsonDocument.Parse(await client.GetStringAsync("/v1/whoami")))
        {
            Assert.Equal(role, who.RootElement.GetProperty("role").GetString());
            Assert.Equal("a person: " + role, who.RootElement.GetProperty("name").GetString());
        }

        using (var write = await client.SendAsync(Requests.Post("/v1/modules?name=x", [], "application/wasm")))
        {
            Assert.Equal(role is ApiRoles.Operator or ApiRoles.Developer, write.StatusCode != HttpStatusCode.Forbidden);
        }

        var secret = text[^43..];
        var list = await RunAsync("list", "--tenant", RunningFabric.TenantName);
        Assert.Contains($"{key.KeyId}\t{RunningFabric.TenantName}\t{role}\ta person: {role}\tmade ", list, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);
        Assert.Equal(0, await _fabric.CountAsync($"select count(*) from control.api_key k where k::text like '%{secret}%'"));

        Assert.Contains("revoked; it stops", await RunAsync("revoke", key.KeyId), StringComparison.Ordinal);
        await _fabric.UntilAsync("Revoking " + key.KeyId, "401", async () => (await client.GetAsync("/v1/whoami")).StatusCode, static status => status == HttpStatusCode.Unauthorized);
        Assert.Contains("was revoked before", await RunAsync("revoke", key.KeyId), StringComparison.Ordinal);
        Assert.Contains("\trevoked 2", (await RunAsync("list")).Split('\n').Single(line => line.StartsWith(key.KeyId, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_unknown_is_refused_by_name()
    {
        Assert.Equal("unknown_tenant", (await Assert.ThrowsAsync<VoxeltronException>(() => RunAsync("create", "--tenant", "nobody", "--role", "auditor", "--name", "x"))).FaultCode);
        Assert.Equal("unknown_key", (await Assert.ThrowsAsync<VoxeltronException>(() => RunAsync("revoke", "0000000000000000"))).FaultCode);
        await Assert.ThrowsAsync<UsageException>(() => RunAsync("create", "--tenant", "demo", "--role", "king", "--name", "x"));
        await Assert.ThrowsAsync<UsageException>(() => RunAsync("create", "--tenant", "demo", "--role", "auditor"));
        await Assert.ThrowsAsync<UsageException>(() => RunAsync("list", "--role", "auditor"));
        await Assert.ThrowsAsync<UsageException>(() => RunAsync("revoke"));
    }

    private async Task<string> RunAsync(params string[] args)
    {
        await using var output = new StringWriter();
        await KeyCommand.RunAsync(KeyOptions.Parse([.. args, "--state", _fabric.State.Paths.Root]), output, TimeProvider.System, CancellationToken.None);
        return output.ToString();
    }
}
