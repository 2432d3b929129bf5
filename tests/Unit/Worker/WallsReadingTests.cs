using Voxeltron.CellWorker;
using Xunit;

namespace Voxeltron.Tests.Unit.Worker;

/// <summary>Goal: what a worker says of its walls is what the kernel says. Method: status files as Linux writes them.</summary>
public sealed class WallsReadingTests
{
    private static readonly string[] s_walled = ["Name:\tdotnet", "Uid:\t998\t998\t998\t998", "CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"];

    [Fact]
    public void Walls_are_whole_when_none_is_missing()
    {
        var walls = Walls.Parse(s_walled, "seccomp=yes landlock=7");
        Assert.True(walls.AreWhole);
        Assert.Equal("user 998, no capabilities, no new privileges, seccomp, Landlock 7", walls.ToString());
    }

    [Theory]
    [InlineData("namespace", true, "the database alone")]
    [InlineData("port", false, "the database's port of any machine")]
    [InlineData("open", false, "anywhere")]
    public void Tcp_is_a_hole_but_in_the_databases_own_namespace(string network, bool areWhole, string reached)
    {
        var walls = Walls.Parse(s_walled, $"seccomp=tcp landlock=7 network={network}");
        Assert.Equal(areWhole, walls.AreWhole);
        Assert.Equal($"user 998, no capabilities, no new privileges, seccomp with TCP to {reached}, Landlock 7", walls.ToString());
    }

    [Theory]
    [InlineData("Uid:\t0\t0\t0\t0", "seccomp=yes landlock=7")]
    [InlineData("CapEff:\t0000000000000400", "seccomp=yes landlock=7")]
    [InlineData("NoNewPrivs:\t0", "seccomp=yes landlock=7")]
    [InlineData("Seccomp:\t0", "seccomp=yes landlock=7")]
    [InlineData("Name:\tdotnet", "")]
    [InlineData("Name:\tdotnet", "seccomp=yes landlock=0")]
    public void One_that_is_missing_is_told(string line, string told)
    {
        var name = line.Split(':')[0];
        Assert.False(Walls.Parse(s_walled.Where(other => !other.StartsWith(name + ":", StringComparison.Ordinal)).Append(line), told).AreWhole);
    }
}
