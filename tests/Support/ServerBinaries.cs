using System.Globalization;

namespace Voxeltron.Tests.Support;

/// <summary>Finds the newest local Postgres: a directory with the server and initdb, on PATH or where distributions put it.</summary>
internal static class ServerBinaries
{
    public static string Find()
    {
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return onPath.Concat(OfDistribution()).FirstOrDefault(HasServer)
            ?? throw new InvalidOperationException("No Postgres server was found: neither on PATH nor in /usr/lib/postgresql/*/bin. Install the package postgresql (15 or newer).");
    }

    private static bool HasServer(string directory) =>
        File.Exists(Path.Combine(directory, "postgres")) && File.Exists(Path.Combine(directory, "initdb"));

    private static IEnumerable<string> OfDistribution()
    {
        const string root = "/usr/lib/postgresql";
        return Directory.Exists(root)
            ? Directory.GetDirectories(root).OrderByDescending(Version).Select(static version => Path.Combine(version, "bin"))
            : [];
    }

    private static int Version(string directory) =>
        int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
}
