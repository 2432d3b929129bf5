using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Voxeltron.Api;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Migrations;
using Voxeltron.Postgres;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>
/// The real Api on a real port against a fresh clone of the migrated database, with a state directory as set-up would leave it.
/// There is no worker here: <see cref="Owner"/> writes what one would, with the worker's database role.
/// </summary>
public sealed class ApiFixture : IAsyncLifetime
{
    public const string Tenant = "demo";
    public const string OtherTenant = "other";
    private static readonly SemaphoreSlim s_building = new(1, 1);
    private WebApplication? _app;

    internal TestDatabase Database { get; private set; } = null!;

    internal StateDirectory State { get; private set; } = null!;

    internal OwnerInSql Owner { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    public IServiceProvider Services => _app!.Services;

    /// <summary>An operator of <see cref="Tenant"/>.</summary>
    public HttpClient Operator { get; private set; } = null!;

    public HttpClient Anonymous { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        Owner = new OwnerInSql(Database);
        await Database.ExecuteAsync(RoleDefaults.Api, $"insert into control.tenant (tenant_id, display_name) values ('{Tenant}', 'Demo'), ('{OtherTenant}', 'Other')");
        State = StateDirectory.Create(Database, null);
        _app = await StartAsync(State);
        Url = UrlOf(_app);
        Anonymous = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
        Operator = await ClientAsync(Tenant, "operator");
    }

    public async Task DisposeAsync()
    {
        Anonymous.Dispose();
        Operator.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        await Database.DisposeAsync();
        State.Dispose();
    }

    internal static Task<WebApplication> StartAsync(StateDirectory state) => StartAsync(state, static () => ApiHost.Build([]));

    /// <summary>The state directory is named by an environment variable, so only one process is built at a time.</summary>
    internal static async Task<WebApplication> StartAsync(StateDirectory state, Func<WebApplication> build)
    {
        await s_building.WaitAsync();
        WebApplication app;
        try
        {
            Environment.SetEnvironmentVariable(FabricState.Variable, state.Path);
            app = build();
        }
        finally
        {
            s_building.Release();
        }

        await app.StartAsync();
        return app;
    }

    internal static Uri UrlOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public async Task<string> KeyAsync(string tenant, string role, DateTime? expires = null)
    {
        var key = ApiKeyText.Create();
        await new ApiKeyCommands(Database.Api).CreateAsync(new TenantId(tenant), key.KeyId, "test " + role, role, key.SecretSha256(), expires, CancellationToken.None);
        return key.Reveal();
    }

    public async Task<HttpClient> ClientAsync(string tenant, string role) => Client(await KeyAsync(tenant, role));

    public HttpClient Client(string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Registers a module and leaves a mission in the inbox that names it.</summary>
    internal async Task<MissionId> SubmitMissionAsync(string input = "requests", HttpClient? client = null, string tenant = Tenant)
    {
        var module = await Owner.RegisterModuleAsync(tenant);
        using var request = Requests.Mission(Requests.Spec(module, input), Guid.NewGuid().ToString("N"), wait: 0);
        using var response = await (client ?? Operator).SendAsync(request);
        var body = await response.Content.ReadFromAsync();
        Assert.True((int)response.StatusCode == 202, body.GetRawText());
        Assert.True(MissionId.TryParse(body.GetProperty("mission_id").GetString(), out var mission));
        return mission;
    }
}

internal static class HttpContentJson
{
    public static async Task<JsonElement> ReadFromAsync(this HttpContent content)
    {
        using var document = JsonDocument.Parse(await content.ReadAsByteArrayAsync());
        return document.RootElement.Clone();
    }
}
