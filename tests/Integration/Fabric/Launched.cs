namespace Voxeltron.Tests.Integration.Fabric;

/// <summary>How a worker is started behind walls, as scripts/lib/processes.sh does it; by root for a user whom every machine has.</summary>
internal static class Launched
{
    /// <summary>Set by who wants to see a test without walls.</summary>
    private const string OptOut = "VOXELTRON_TEST_UNCONFINED";

    public const UnixFileMode Passable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <param name="user">By root only: null for nobody in particular, who may be replaced by root without its powers where the checkout is closed to others.</param>
    public static string[] Prefix(params string[] user) => Prefix(user, []);

    /// <param name="further">More of the launcher's options.</param>
    public static string[] Prefix(string[] user, string[] further)
    {
        if (Environment.GetEnvironmentVariable(OptOut) is { Length: > 0 })
        {
            return [];
        }

        string[] whom = user.Length > 0 ? user : Environment.IsPrivilegedProcess ? ["--user", "nobody", "--user-optional"] : [];
        var replay = Path.GetDirectoryName(BuiltFiles.Program("Replay", "voxeltron-replay"))!;
        return ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), .. whom, .. further, "--read", replay, "--"];
    }

    /// <summary>The same of a broker.</summary>
    /// <param name="directory">Its own.</param>
    /// <param name="read">What else it is to read.</param>
    public static string[] BrokerPrefix(string directory, IEnumerable<string> read) => Environment.GetEnvironmentVariable(OptOut) is { Length: > 0 }
        ? []
        : ["dotnet", "exec", BuiltFiles.Program("Launcher", "Voxeltron.Launcher"), "--broker", "--user", "nobody", "--user-optional", "--write", directory, .. read.SelectMany(static path => (string[])["--read", path]), "--"];
}
