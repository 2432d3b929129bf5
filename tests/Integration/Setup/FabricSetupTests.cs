using System.Runtime.Versioning;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;
using Voxeltron.Migrations.Setup;
using Voxeltron.Ultra;
using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

// Goal: set-up may be run at any time, twice at once, and never loses or leaks a secret. Method: a cluster made by the scripts,
// a state directory and a database per test.
[SupportedOSPlatform("linux")]
public sealed class FabricSetupTests(PrivateCluster cluster) : IClassFixture<PrivateCluster>
{
    [Fact]
    public async Task Two_set_ups_at_once_make_one_fabric_and_tell_its_api_key_once()
    {
        var options = cluster.NewFabric("twice");
        var outputs = await Task.WhenAll(Task.Run(() => SetUpAsync(options)), Task.Run(() => SetUpAsync(options)));

        var state = FabricState.Open(options.State);
        Assert.Equal(1, outputs.Count(output => output.Contains(state.ApiKey(), StringComparison.Ordinal)));
        Assert.Equal("1|2|2|1", await CountsAsync(options));
    }

    [Fact]
    public async Task Set_up_again_changes_no_file_and_no_row()
    {
        var options = cluster.NewFabric("again");
        await SetUpAsync(options);
        var files = Files(options.State);
        var counts = await CountsAsync(options);

        await SetUpAsync(options);
        Assert.Equal(files, Files(options.State));
        Assert.Equal(counts, await CountsAsync(options));
    }

    [Fact]
    public async Task Later_runs_need_no_administrator()
    {
        var options = cluster.NewFabric("owner");
        await SetUpAsync(options);
        var output = await SetUpAsync(options with { Admin = null });
        Assert.Contains("up to date", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_set_up_that_stopped_before_genesis_is_completed_with_the_same_keys_and_passwords()
    {
        var options = cluster.NewFabric("stopped");
        await SetUpAsync(options);
        var files = Files(options.State);
        await cluster.ExecuteAsync($"drop database {options.Database}");

        await SetUpAsync(options);
        Assert.Equal(files, Files(options.State));
        Assert.Equal("1|2|2|1", await CountsAsync(options));
    }

    [Fact]
    public async Task Keys_passwords_and_the_api_key_are_for_their_owner_only()
    {
        var options = cluster.NewFabric("modes");
        await SetUpAsync(options);
        var paths = new StatePaths(options.State);
        string[] secret = [.. FabricKeys.All.Select(paths.Key), .. FabricRoles.All.Select(paths.RolePassword), paths.ApiKey];
        Assert.All(secret, static path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path)));
        Assert.All([paths.Keys, paths.Secrets, paths.Log], static path => Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task No_secret_but_the_first_api_key_is_ever_printed()
    {
        var options = cluster.NewFabric("quiet");
        var first = await SetUpAsync(options);
        var second = await SetUpAsync(options);
        var paths = new StatePaths(options.State);
        string[] files = [.. FabricKeys.All.Select(paths.Key), .. FabricRoles.All.Select(paths.RolePassword)];
        foreach (var secret in files.Select(PrivateFile.Read))
        {
            Assert.DoesNotContain(secret, first + second, StringComparison.Ordinal);
        }

        Assert.Contains(PrivateFile.Read(paths.ApiKey), first, StringComparison.Ordinal);
        Assert.DoesNotContain(PrivateFile.Read(paths.ApiKey), second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passwords_and_the_api_key_are_hashed_in_the_database()
    {
        var options = cluster.NewFabric("hashed");
        await SetUpAsync(options);
        var state = FabricState.Open(options.State);
        Assert.Equal(5L, await cluster.ScalarAsync<long>("select count(*) from pg_authid where rolname like 'voxeltron\\_%' and rolname <> 'voxeltron_admin' and rolpassword like 'SCRAM-SHA-256$%'"));
        Assert.True(ApiKeyText.TryParse(state.ApiKey(), out var key));
        Assert.True(key.Matches(await cluster.ScalarAsync<byte[]>("select secret_sha256 from control.api_key", options.Database!)));
    }

    [Fact]
    public async Task Genesis_waits_in_the_inbox_signed_by_the_root_key()
    {
        var options = cluster.NewFabric("genesis");
        await SetUpAsync(options);
        var root = FabricState.Open(options.State).RootPublicKey();
        var body = await cluster.ScalarAsync<string>("select body from control.inbox where kind = 'genesis'", options.Database!);
        var signature = await cluster.ScalarAsync<byte[]>("select signature from control.inbox where kind = 'genesis'", options.Database!);
        var message = Dsse.Pae("application/vnd.voxeltron.intent.v1+json", System.Text.Encoding.UTF8.GetBytes(body));
        Assert.True(Ed25519.Verify(root, message, signature));
        Assert.Contains(KeyId.Of(root).Value, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_refused_by_name()
    {
        var options = cluster.NewFabric("open");
        await SetUpAsync(options);
        var ca = new StatePaths(options.State).Key(FabricKey.Ca);
        File.SetUnixFileMode(ca, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var refused = Assert.Throws<VoxeltronException>(() => FabricState.Open(options.State).Signer(FabricKey.Ca));
        Assert.Equal("state_file_mode", refused.FaultCode);
        Assert.Contains(ca, refused.Message, StringComparison.Ordinal);
        Assert.Equal("state_file_mode", (await Assert.ThrowsAsync<VoxeltronException>(() => SetUpAsync(options))).FaultCode);
    }

    [Fact]
    public async Task A_lost_key_is_never_replaced_once_the_log_names_it()
    {
        var options = cluster.NewFabric("lost");
        await SetUpAsync(options);
        var sre = new StatePaths(options.State).Key(FabricKey.Sre);
        File.Delete(sre);
        Assert.Equal("key_lost", (await Assert.ThrowsAsync<VoxeltronException>(() => SetUpAsync(options))).FaultCode);
        Assert.False(File.Exists(sre));
    }

    [Fact]
    public async Task The_root_key_may_be_taken_away_after_set_up()
    {
        var options = cluster.NewFabric("offline");
        await SetUpAsync(options);
        File.Delete(new StatePaths(options.State).Key(FabricKey.Root));
        Assert.Contains("root is kept elsewhere", await SetUpAsync(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_another_fabric_is_refused()
    {
        var mine = cluster.NewFabric("mine");
        await SetUpAsync(mine);
        var other = cluster.NewFabric("other") with { Database = mine.Database };
        Assert.Equal("other_fabric", (await Assert.ThrowsAsync<VoxeltronException>(() => SetUpAsync(other))).FaultCode);
    }

    [Fact]
    public async Task On_the_operators_own_server_a_role_without_its_password_file_stops_set_up_and_says_what_to_do()
    {
        await SetUpAsync(cluster.NewFabric("before"));
        var options = cluster.NewFabric("foreign", isPrivateServer: false);
        var refused = await Assert.ThrowsAsync<VoxeltronException>(() => SetUpAsync(options));
        Assert.Equal("role_without_secret", refused.FaultCode);
        Assert.Contains("alter role", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await cluster.ScalarAsync<long>($"select count(*) from pg_database where datname = '{options.Database}'"));
    }

    [Fact]
    public async Task An_absent_server_ends_in_one_line_and_exit_code_1()
    {
        var options = cluster.NewFabric("absent") with { Admin = AdminConnection.Parse("Host=/nonexistent;Username=nobody;Password=not-to-be-told") };
        var exitCode = await FabricProcess.RunAsync(() => SetUpAsync(options));
        Assert.Equal(1, exitCode);
        Assert.False(Directory.Exists(options.State));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_does_not_take_the_place_of_the_one_in_the_configuration()
    {
        var options = cluster.NewFabric("mistyped");
        await SetUpAsync(options);
        var files = Files(options.State);
        var mistyped = options with { Admin = AdminConnection.Parse("Host=/nonexistent;Username=nobody;Password=x") };
        await Assert.ThrowsAnyAsync<Exception>(() => SetUpAsync(mistyped));
        Assert.Equal(files, Files(options.State));
        Assert.Contains("up to date", await SetUpAsync(options with { Admin = null }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_fabrics_roles_may_connect_and_none_of_them_is_more_than_a_user()
    {
        var options = cluster.NewFabric("closed");
        await SetUpAsync(options);
        Assert.Equal(0L, await cluster.ScalarAsync<long>("select count(*) from pg_roles where rolname in ('voxeltron_owner', 'voxeltron_api', 'voxeltron_worker', 'voxeltron_sre', 'voxeltron_auditor') and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls)"));
        Assert.False(await cluster.ScalarAsync<bool>($"select has_database_privilege('pg_monitor', '{options.Database}', 'connect')"));
        await using var connection = new NpgsqlConnection(FabricState.Open(options.State).ConnectionString(FabricRole.Auditor) + ";Pooling=false");
        await connection.OpenAsync();
    }

    private static async Task<string> SetUpAsync(SetupOptions options)
    {
        await using var output = new StringWriter();
        await FabricSetup.RunAsync(options, output, TimeProvider.System, CancellationToken.None);
        return output.ToString();
    }

    /// <summary>Genesis, tenants, system leases, API keys.</summary>
    private Task<string> CountsAsync(SetupOptions options) => cluster.ScalarAsync<string>(
        """
        select concat_ws('|',
          (select count(*) from control.inbox where kind = 'genesis'),
          (select count(*) from control.tenant),
          (select count(*) from control.lease where role = 'system'),
          (select count(*) from control.api_key))
        """,
        options.Database!);

    /// <summary>Every file with its content; equal means untouched.</summary>
    private static List<string> Files(string state) =>
        [.. Directory.GetFiles(state, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(static path => $"{path} {File.GetUnixFileMode(path)} {File.ReadAllText(path)}")];
}
