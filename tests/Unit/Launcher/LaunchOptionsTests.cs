using Voxeltron.Launcher;
using Xunit;

namespace Voxeltron.Tests.Unit.Launcher;

/// <summary>Goal: a launcher that was told something it does not understand starts nothing.</summary>
public sealed class LaunchOptionsTests
{
    [Fact]
    public void Everything_behind_the_dashes_is_the_program_s()
    {
        var options = LaunchOptions.Parse(["--user", "voxeltron", "--user-optional", "--state", "/srv/state", "--read", "/a", "--read", "/b", "--", "dotnet", "exec", "x.dll", "--user", "y", "--"]);
        Assert.Equal(("voxeltron", true, "/srv/state"), (options.User, options.IsUserOptional, options.State));
        Assert.Equal(["/a", "/b"], options.Read);
        Assert.Equal(["dotnet", "exec", "x.dll", "--user", "y", "--"], options.Command);
    }

    [Theory]
    [InlineData("--state", "/s", "dotnet")]
    [InlineData("--state", "/s", "--")]
    [InlineData("--state", "/s", "--usr", "x", "--", "dotnet")]
    [InlineData("--state", "--", "dotnet")]
    [InlineData("--state", "/s", "--user")]
    [InlineData("--state", "/s", "--postgres-tcp", "db", "--", "dotnet")]
    [InlineData("--state", "/s", "--postgres-tcp", "db:0", "--", "dotnet")]
    public void What_is_not_understood_is_refused(params string[] arguments) => Assert.Throws<UsageException>(() => LaunchOptions.Parse(arguments));

    [Fact]
    public void A_name_stands_in_a_hosts_file_as_a_word_of_its_own()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "127.0.0.1 localhost\n10.0.0.5\tdb.example db # spare\n");
            Assert.True(Namespaces.IsNameKnown("DB.example", file));
            Assert.True(Namespaces.IsNameKnown("db", file));
            Assert.True(Namespaces.IsNameKnown("10.9.9.9", file));
            Assert.False(Namespaces.IsNameKnown("spare", file));
            Assert.False(Namespaces.IsNameKnown("example", file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_loader_is_the_one_an_executable_names()
    {
        var loader = FileRules.Interpreter(Environment.ProcessPath!);
        Assert.StartsWith("/lib", loader, StringComparison.Ordinal);
        Assert.True(File.Exists(loader));
    }
}
