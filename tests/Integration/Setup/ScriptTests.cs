using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

// Goal: the scripts keep a private cluster safely from any path. Method: run them as a person would, and ask the server.
public sealed class ScriptTests(PrivateCluster cluster) : IClassFixture<PrivateCluster>
{
    [Fact]
    public async Task The_cluster_is_durable_checksummed_and_reachable_by_password_over_a_socket_only()
    {
        Assert.True(cluster.Checkout.Length > 120);
        Assert.Equal("", await cluster.ScalarAsync<string>("select current_setting('listen_addresses')"));
        Assert.Equal("on,on,on,on", await cluster.ScalarAsync<string>(
            "select concat_ws(',', current_setting('data_checksums'), current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'))"));
        Assert.Equal("scram-sha-256", await cluster.ScalarAsync<string>("select string_agg(distinct auth_method, ',') from pg_hba_file_rules"));
    }

    [Fact]
    public async Task The_server_does_not_run_as_root()
    {
        var data = await cluster.ScalarAsync<string>("select current_setting('data_directory')");
        var postmaster = File.ReadLines(Path.Combine(data, "postmaster.pid")).First();
        var uid = File.ReadLines($"/proc/{postmaster}/status").Single(static line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.NotEqual("0", uid);
    }

    [Fact]
    public async Task Down_and_up_again_keep_what_was_written()
    {
        await cluster.ExecuteAsync("create table kept as select 7 as n");
        Assert.Equal(0, (await cluster.RunAsync("down")).ExitCode);
        var status = await cluster.RunAsync("status");
        Assert.NotEqual(0, status.ExitCode);
        Assert.Contains("postgres   stopped", status.Output, StringComparison.Ordinal);

        var up = await cluster.RunAsync("up", "--postgres-only");
        Assert.True(up.ExitCode == 0, up.Output);
        Assert.Equal(7, await cluster.ScalarAsync<int>("select n from kept"));
    }

    [Fact]
    public async Task Reset_names_what_it_deletes_and_deletes_nothing_without_a_yes()
    {
        var reset = await cluster.RunAsync("reset");
        Assert.Equal(1, reset.ExitCode);
        Assert.Contains(cluster.State, reset.Output, StringComparison.Ordinal);
        Assert.Contains(await cluster.ScalarAsync<string>("select current_setting('data_directory')"), reset.Output, StringComparison.Ordinal);
        Assert.Contains("nothing was deleted", reset.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up", "--wokers")]
    [InlineData("down", "now")]
    [InlineData("reset", "-y")]
    public async Task An_unknown_argument_is_refused_in_one_line(string script, string argument)
    {
        var run = await cluster.RunAsync(script, argument);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("error: ", run.Output, StringComparison.Ordinal);
    }
}
