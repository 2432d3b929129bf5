using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: whoever takes a worker over gets no further than its own files and its database. Method: the worker's executable, started as a worker is, tries
/// everything from inside; as control it does the same without a launcher, where it must get through.
/// </summary>
public sealed class WallsTests : IDisposable
{
    /// <summary>Fewer, and part of the list is gone.</summary>
    private const int LeastTried = 125;

    private readonly WallsStand _stand = new();

    public void Dispose() => _stand.Dispose();

    [WalledRootFact]
    public async Task A_user_of_its_own_gets_through_none_of_them()
    {
        var (exitCode, outcomes, said) = await _stand.ProbeAsync(Launched.Prefix("--user", "nobody"), triesPath: true);
        AssertWhole(exitCode, outcomes, said);
        Assert.StartsWith("user 65534, no capabilities, no new privileges, seccomp, Landlock", outcomes["walls"], StringComparison.Ordinal);
        Assert.DoesNotContain("voxeltron-launcher", said, StringComparison.Ordinal);
    }

    [WalledRootFact]
    public async Task Root_without_its_capabilities_gets_through_none_of_them_either()
    {
        var (exitCode, outcomes, said) = await _stand.ProbeAsync(Launched.Prefix("--user", "no-such-user-here", "--user-optional"), triesPath: true);
        AssertWhole(exitCode, outcomes, said);
        Assert.StartsWith("user 0, no capabilities, no new privileges, seccomp, Landlock", outcomes["walls"], StringComparison.Ordinal);
        Assert.Contains("keeps user 0, without any capability", said, StringComparison.Ordinal);
    }

    [OrdinaryUserFact]
    public async Task Started_by_an_ordinary_user_it_gets_through_none_of_them_and_not_to_that_user_s_other_files()
    {
        await _stand.GiveToOrdinaryUserAsync();
        var (exitCode, outcomes, said) = await _stand.ProbeAsync([.. OrdinaryUserFactAttribute.AsOrdinaryUser, .. Launched.Prefix("--state", _stand.State)]);
        AssertWhole(exitCode, outcomes, said);
    }

    [Fact]
    public async Task Without_a_launcher_it_gets_through_most_of_them()
    {
        var (exitCode, outcomes, _) = await _stand.ProbeAsync([], triesPath: true);
        Assert.Equal(1, exitCode);
        Assert.All(
            ["socket, TCP", "socket, UDP", "socket, netlink", "connect the metrics listener elsewhere", "abstract socket of another process", "socket with a path that anybody may connect to", "signal to the parent", "a shell", "io_uring_register", "keyctl", "clone3", "write into /tmp"],
            name => Assert.StartsWith("ESCAPED", outcomes[name], StringComparison.Ordinal));
        Assert.True(outcomes.Values.Count(static outcome => outcome.StartsWith("ESCAPED", StringComparison.Ordinal)) >= (Environment.IsPrivilegedProcess ? 80 : 30), string.Join('\n', outcomes));
    }

    [WalledRootFact]
    public async Task A_worker_gets_its_own_secrets_and_no_other_whatever_lies_in_its_directories()
    {
        // As a worker that was taken over could leave it: another name of a file that is not its own.
        Directory.CreateDirectory(Path.Combine(_stand.State, "artifacts"));
        await Shell.RunAsync("ln", Path.Combine(_stand.State, "keys", "root.key"), Path.Combine(_stand.State, "artifacts", "a.cwasm"));
        await Shell.RunAsync("ln", "-s", Path.Combine(_stand.State, "keys", "api.key"), Path.Combine(_stand.State, "artifacts", "b.cwasm"));
        await _stand.ProbeAsync(Launched.Prefix("--user", "nobody"));
        Assert.All(["keys/ca.key", "keys/log.key", "secrets/pg_worker", "secrets/pg_auditor", "run/worker.url", "artifacts", "spool", "checkpoints"], name => Assert.Equal("nobody", _stand.OwnerOf(name)));
        Assert.All(
            ["keys/root.key", "keys/operator.key", "keys/api.key", "keys/sre.key", "secrets/pg_owner", "secrets/pg_api", "api-key", "keys", "secrets", "run", "."],
            name => Assert.Equal("root", _stand.OwnerOf(name)));
        Assert.All(["keys/ca.key", "secrets/pg_worker"], name => Assert.Equal("600", _stand.ModeOf(name)));
        Assert.All(["keys", "secrets", "run"], name => Assert.Equal("710", _stand.ModeOf(name)));
    }

    [WalledRootFact]
    public async Task A_user_that_cannot_get_there_is_told_where_in_one_line()
    {
        File.SetUnixFileMode(_stand.Top, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (exitCode, _, said) = await _stand.ProbeAsync(Launched.Prefix("--user", "nobody"));
        Assert.Equal(3, exitCode);
        var line = Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("user nobody", line, StringComparison.Ordinal);
        Assert.Contains(_stand.State, line, StringComparison.Ordinal);
        Assert.Contains("--user-optional", line, StringComparison.Ordinal);
    }

    [WalledFact]
    public async Task Over_TCP_a_worker_reaches_the_port_of_Postgres_and_no_other()
    {
        var (exitCode, outcomes, said) = await _stand.ProbeAsync(["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--postgres-tcp", "127.0.0.1:5432", .. Launched.Prefix()[3..]]);
        Assert.Equal(1, exitCode);
        Assert.Contains("sockets may connect to port 5432 of any machine", said, StringComparison.Ordinal);
        // Sockets alone: where they lead is what the other line says.
        Assert.Equal(
            ["socket, TCP", "socket, TCP over IPv6"],
            outcomes.Where(static one => one.Value.StartsWith("ESCAPED", StringComparison.Ordinal)).Select(static one => one.Key).Order(StringComparer.Ordinal));
        Assert.Equal("refused EACCES", outcomes["connect the metrics listener elsewhere"]);
    }

    [WalledRootTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_was_accepted_leads_nowhere_else_though_the_port_is_granted(bool isWalled)
    {
        // Landlock lets it connect to that port of any machine: what stops it is the listener's own filter, which it inherited.
        using var free = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var listen = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        using var over = new CancellationTokenSource();
        var knocking = KnockAsync(listen, over.Token);
        string[] launcher = ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--listen", $"http://127.0.0.1:{listen}", "--postgres-tcp", $"127.0.0.1:{_stand.Port}", .. Launched.Prefix()[3..]];
        // As control, a listener that somebody else opened and passed on.
        string[] other = ["python3", "-c", $"""
            import os, socket, sys
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", {listen})); s.listen(8)
            os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.environ["LISTEN_FDS"] = "1"
            os.execvp(sys.argv[1], sys.argv[1:])
            """];
        var (_, outcomes, said) = await _stand.ProbeAsync(isWalled ? launcher : other, acceptsAtPort: _stand.Port);
        await over.CancelAsync();
        await knocking;
        Assert.True(outcomes.TryGetValue("an accepted connection, connected elsewhere", out var outcome), said);
        Assert.Equal(isWalled ? "refused EACCES" : "ESCAPED it was done", outcome);
    }

    private static async Task KnockAsync(int port, CancellationToken over)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var client = new System.Net.Sockets.TcpClient();
                await client.ConnectAsync(System.Net.IPAddress.Loopback, port, over);
                await client.Client.ReceiveAsync(new byte[1], System.Net.Sockets.SocketFlags.None, over);
            }
            catch (Exception refused) when (refused is System.Net.Sockets.SocketException or IOException or OperationCanceledException)
            {
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }
    }

    [WalledRootFact]
    public async Task It_can_be_started_in_a_network_namespace_and_with_a_hosts_file_of_its_own()
    {
        var hosts = Path.Combine(_stand.Top, "hosts");
        await File.WriteAllTextAsync(hosts, "10.9.8.7 db.nowhere\n");
        using var holder = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("unshare", ["-n", "sh", "-c", "echo there; exec cat"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await holder.StandardOutput.ReadLineAsync();
        string[] prefix = ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--user", "nobody", "--postgres-tcp", "db.nowhere:5432"];
        var before = await File.ReadAllTextAsync("/etc/hosts");
        var (exitCode, said) = await _stand.RunAsync([.. prefix, "--netns", $"/proc/{holder.Id}/ns/net", "--hosts", hosts, "--", "cat", "/etc/hosts", "/proc/net/dev"]);
        holder.StandardInput.Close();
        await holder.WaitForExitAsync();
        Assert.True(exitCode == 0, said);
        Assert.StartsWith("10.9.8.7 db.nowhere\n", said, StringComparison.Ordinal);
        // Of interfaces it sees its own loopback and no other.
        Assert.Equal(["lo"], said.Split('\n').Where(static line => line.Contains(':', StringComparison.Ordinal)).Select(static line => line.Split(':')[0].Trim()));
        Assert.Equal(before, await File.ReadAllTextAsync("/etc/hosts"));

        var (refused, why) = await _stand.RunAsync([.. prefix, "--", "true"], errors: true);
        Assert.Equal(3, refused);
        Assert.Contains("--hosts FILE", why, StringComparison.Ordinal);
    }

    private static void AssertWhole(int exitCode, Dictionary<string, string> outcomes, string said)
    {
        Assert.DoesNotContain(outcomes, static one => one.Value.StartsWith("ESCAPED", StringComparison.Ordinal));
        Assert.True(outcomes.Count >= LeastTried, $"only {outcomes.Count} were tried\n{said}");
        Assert.Equal(0, exitCode);
    }
}
