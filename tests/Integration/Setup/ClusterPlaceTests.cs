using Xunit;

namespace Voxeltron.Tests.Integration.Setup;

// Goal: a private cluster finds places for its data and its socket that its server can reach and that stay, whoever runs it and
// whatever the environment says later. Method: clusters of the scripts in places that are hard, asked over SQL where they are.
public sealed class ClusterPlaceTests
{
    [RootFact]
    public async Task In_a_home_only_root_can_enter_the_data_lie_under_var_lib_and_reset_deletes_them()
    {
        var cluster = PrivateCluster.InAClosedHome();
        try
        {
            await cluster.InitializeAsync();
            Assert.StartsWith("/var/lib/voxeltron-", cluster.DataDirectory, StringComparison.Ordinal);
            Assert.Equal(1, await cluster.ScalarAsync<int>("select 1"));
            await cluster.ResetAsync();
            Assert.False(Directory.Exists(Path.GetDirectoryName(cluster.DataDirectory)));
        }
        finally
        {
            await cluster.DisposeAsync();
        }
    }

    [Fact]
    public async Task The_socket_stays_where_it_was_made_after_its_user_logged_out()
    {
        var cluster = PrivateCluster.OfAnOrdinaryUser();
        var session = Directory.CreateTempSubdirectory("vxt-run-").FullName;
        File.SetUnixFileMode(session, (UnixFileMode)0b111_111_111);
        try
        {
            cluster.Variables["XDG_RUNTIME_DIR"] = session;
            await cluster.InitializeAsync();
            Assert.DoesNotContain(session, cluster.SocketDirectory, StringComparison.Ordinal);

            cluster.Variables["XDG_RUNTIME_DIR"] = "";
            Directory.Delete(session, recursive: true);
            Assert.Equal(cluster.SocketDirectory, await cluster.SocketInStatusAsync());
            Assert.Equal(0, (await cluster.RunAsync("down")).ExitCode);
            var up = await cluster.RunAsync("up", "--postgres-only");
            Assert.True(up.ExitCode == 0, up.Output);
            Assert.Equal(1, await cluster.ScalarAsync<int>("select 1"));
        }
        finally
        {
            await cluster.DisposeAsync();
            if (Directory.Exists(session))
            {
                Directory.Delete(session, recursive: true);
            }
        }
    }

    [Fact]
    public async Task The_socket_directory_is_read_from_the_cluster_file_and_from_the_running_server_where_an_older_file_does_not_name_it()
    {
        var cluster = PrivateCluster.OfAnOrdinaryUser();
        try
        {
            await cluster.InitializeAsync();
            var file = Path.Combine(cluster.State, "cluster");
            var written = await File.ReadAllTextAsync(file);
            Assert.Contains($"socket={cluster.SocketDirectory}\n", written, StringComparison.Ordinal);

            var other = cluster.SocketDirectory + "-other";
            Assert.Equal(0, (await cluster.RunAsync("down")).ExitCode);
            await File.WriteAllTextAsync(file, written.Replace(cluster.SocketDirectory, other, StringComparison.Ordinal));
            var up = await cluster.RunAsync("up", "--postgres-only");
            Assert.True(up.ExitCode == 0, up.Output);
            Assert.True(File.Exists(Path.Combine(other, ".s.PGSQL.5432")), up.Output);

            await File.WriteAllLinesAsync(file, written.Split('\n').Where(static line => !line.StartsWith("socket=", StringComparison.Ordinal)));
            Assert.Equal(other, await cluster.SocketInStatusAsync());
            Assert.Equal(0, (await cluster.RunAsync("up", "--postgres-only")).ExitCode);
            Assert.Contains($"socket={other}\n", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
            Directory.Delete(cluster.SocketDirectory);
            Assert.Equal(0, (await cluster.RunAsync("reset", "--yes")).ExitCode);
            Assert.False(Directory.Exists(other));
        }
        finally
        {
            await cluster.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_mistyped_server_of_ones_own_is_forgotten_once_it_is_no_longer_named()
    {
        var cluster = PrivateCluster.InAnOpenPlace();
        const string steps = """
            make_state_dirs
            ensure_postgres
            set_up ''
            """;
        try
        {
            await cluster.PrepareAsync();
            cluster.Variables["VOXELTRON_POSTGRES"] = "Host=/nonexistent;Username=ann;Password=secret-word";
            var mistyped = await cluster.RunInLibraryAsync(steps);
            Assert.NotEqual(0, mistyped.ExitCode);
            Assert.Contains("postgres_unavailable", mistyped.Output, StringComparison.Ordinal);

            cluster.Variables.Remove("VOXELTRON_POSTGRES");
            var unset = await cluster.RunInLibraryAsync(steps);
            Assert.True(unset.ExitCode == 0, unset.Output);
            Assert.StartsWith("mode=private\n", await File.ReadAllTextAsync(Path.Combine(cluster.State, "cluster")), StringComparison.Ordinal);
        }
        finally
        {
            await cluster.DisposeAsync();
        }
    }
}
