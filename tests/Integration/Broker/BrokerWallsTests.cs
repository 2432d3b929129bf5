using System.Globalization;
using Voxeltron.Tests.Integration.Fabric;
using Voxeltron.Tests.Integration.Worker;
using Voxeltron.Tests.Support;
using Xunit;

namespace Voxeltron.Tests.Integration.Broker;

/// <summary>
/// Goal: the process with privileges has two, a user of its own, and reaches nothing it does not need. Method: what the kernel says of a broker that serves; and what a
/// worker is tried with, tried where a broker stands. That it does all its work there is every other test of a broker, since all of them run behind these walls.
/// </summary>
public sealed class BrokerWallsTests
{
    /// <summary>What it is there for: networks, and whatever anybody may read of /etc. No runtime starts as its child, since the child's /proc is not its own: the one try that needs a child tells nothing.</summary>
    private static readonly string[] s_its =
        ["unshare, network", "socket, TCP", "socket, TCP over IPv6", "socket, UDP", "socket, UDP over IPv6", "socket, raw", "socket, netlink", "connect the metrics listener elsewhere", "read /etc/ssh", "a system call of another machine, by a child"];

    [BrokerFact]
    public async Task A_broker_that_serves_has_two_capabilities_a_user_of_its_own_and_a_filter()
    {
        await using var stand = await BrokerStand.StartAsync("--ready", "1");
        var worker = await stand.WorkerAsync();
        Assert.Null((await BrokerStand.TakeAsync(worker, stand.Profile("""[{"addresses":["203.0.113.10"],"ports":[443]}]"""))).Taken.Code);

        var nobody = (await Shell.RunAsync("id", "-u", "nobody")).Trim();
        foreach (var thread in Directory.GetDirectories($"/proc/{stand.ProcessId}/task"))
        {
            var status = (await File.ReadAllLinesAsync(thread + "/status")).Select(static line => line.Split(':', 2)).ToDictionary(static line => line[0], static line => line[1].Trim());
            // CAP_NET_ADMIN is 12, CAP_SYS_ADMIN 21.
            const string two = "0000000000201000";
            Assert.Equal((two, two, two, two), (status["CapEff"], status["CapPrm"], status["CapBnd"], status["CapAmb"]));
            Assert.Equal((string.Join('\t', Enumerable.Repeat(nobody, 4)), "1", "2"), (status["Uid"], status["NoNewPrivs"], status["Seccomp"]));
        }
    }

    [WalledRootFact]
    public async Task Where_it_stands_nothing_is_reached_but_networks()
    {
        using var stand = new WallsStand();
        var (exitCode, outcomes, said) = await stand.ProbeAsync(["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--broker", "--user", "nobody", "--"]);

        Assert.True(outcomes.Count > 140, said);
        Assert.Equal(1, exitCode);
        Assert.Equal(
            [],
            outcomes.Where(static one => one.Value.StartsWith("ESCAPED", StringComparison.Ordinal) && !s_its.Contains(one.Key)).Select(static one => string.Create(CultureInfo.InvariantCulture, $"{one.Key}: {one.Value}")));
        Assert.Equal("ESCAPED it was done", outcomes["unshare, network"]);
    }

    [WalledRootFact]
    public async Task As_root_without_its_powers_it_stands_behind_the_same_walls()
    {
        using var stand = new WallsStand();
        // Closed to everybody but root: no user can run it there.
        File.SetUnixFileMode(stand.Top, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var own = Path.Combine(stand.Top, "own");
        Directory.CreateDirectory(own);
        var (_, outcomes, said) = await stand.ProbeAsync(
            ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--broker", "--user", "nobody", "--user-optional", "--write", own, "--"]);

        Assert.Contains("the broker keeps user 0, with two capabilities", said, StringComparison.Ordinal);
        Assert.Equal(
            [],
            outcomes.Where(static one => one.Value.StartsWith("ESCAPED", StringComparison.Ordinal) && !s_its.Contains(one.Key)).Select(static one => $"{one.Key}: {one.Value}"));
    }

    [WalledRootFact]
    public async Task A_user_that_cannot_get_there_is_told()
    {
        using var stand = new WallsStand();
        File.SetUnixFileMode(stand.Top, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var own = Path.Combine(stand.Top, "own");
        Directory.CreateDirectory(own);
        var (code, said) = await stand.RunAsync(
            ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--broker", "--user", "nobody", "--write", own, "--", "true"], errors: true);

        Assert.Equal(3, code);
        Assert.Contains($"user_cannot: The broker cannot run as user nobody: it cannot write to {own}", said, StringComparison.Ordinal);
    }
}
