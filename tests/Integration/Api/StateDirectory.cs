using System.Text.Json;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Tests.Support;

namespace Voxeltron.Tests.Integration.Api;

/// <summary>A fabric's state directory around a test's database: configuration, keys, role passwords.</summary>
internal sealed class StateDirectory : IDisposable
{
    private StateDirectory(string path) => Path = path;

    public string Path { get; }

    /// <param name="postgresHost">Instead of the server's own socket directory: where a proxy listens.</param>
    public static StateDirectory Create(TestDatabase database, string? postgresHost)
    {
        var paths = new StatePaths(Directory.CreateTempSubdirectory("vxt-state-").FullName);
        foreach (var directory in new[] { paths.Keys, paths.Secrets, paths.Run, paths.Log })
        {
            Directory.CreateDirectory(directory);
        }

        var own = new NpgsqlConnectionStringBuilder(database.ConnectionString("voxeltron_api"));
        File.WriteAllText(paths.Config, JsonSerializer.Serialize(new
        {
            fabric_id = Guid.NewGuid().ToString("N"),
            postgres = new { host = postgresHost ?? own.Host, port = own.Port, database = database.Name },
            api = new { url = "http://127.0.0.1:0" },
            sre = new { interval_ms = 200 },
            log = new { format = "text", level = "warning" },
        }));
        foreach (var key in FabricKeys.All)
        {
            SeedFile.TryCreate(paths.Key(key));
        }

        foreach (var role in new[] { FabricRole.Api, FabricRole.Sre })
        {
            PrivateFile.TryCreate(paths.RolePassword(role), database.Password(role.DatabaseName()));
        }

        return new StateDirectory(paths.Root);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
