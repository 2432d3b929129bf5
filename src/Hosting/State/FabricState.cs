using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Hosting;

/// <summary>
/// A fabric's directory on this machine: configuration, keys, passwords, logs, checkpoints. Set-up makes it; every process finds
/// it by <c>VOXELTRON_STATE</c>. Secrets are read when asked for, from files only their owner may read, and are held by
/// nobody who does not need them.
/// </summary>
public sealed class FabricState
{
    public const string Variable = "VOXELTRON_STATE";

    private FabricState(StatePaths paths, IConfigurationRoot settings)
    {
        Paths = paths;
        Settings = settings;
        Config = FabricConfig.From(settings, paths.Config);
    }

    public StatePaths Paths { get; }

    /// <summary>The parts of the configuration every process shares.</summary>
    public FabricConfig Config { get; }

    /// <summary>The whole configuration, environment included; a room reads its own section with <see cref="SettingsReader"/>.</summary>
    public IConfiguration Settings { get; }

    public static FabricState OpenFromEnvironment()
    {
        var directory = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(directory)
            ? throw new VoxeltronException("state_not_named", $"{Variable} is not set. Point it at the fabric's state directory; scripts/up makes one and sets it.")
            : Open(directory);
    }

    public static FabricState Open(string directory)
    {
        var paths = new StatePaths(Path.GetFullPath(directory));
        if (!Directory.Exists(paths.Root))
        {
            throw new VoxeltronException("state_missing", $"There is no state directory {paths.Root}. Run scripts/up, or set {Variable} to where it is.");
        }

        if (!File.Exists(paths.Config))
        {
            throw new VoxeltronException("state_missing", $"{paths.Config} is missing: the set-up of this fabric was not finished. Run scripts/up, or voxeltron-migrate setup --state '{paths.Root}'.");
        }

        return new FabricState(paths, SettingsFile.Load(paths.Config));
    }

    /// <summary>Connection string of one role, password included: give it to Npgsql, never to a log.</summary>
    public string ConnectionString(FabricRole role)
    {
        var builder = Config.Postgres.ToConnectionString();
        builder.Username = role.DatabaseName();
        builder.Password = PrivateFile.Read(Paths.RolePassword(role));
        return builder.ConnectionString;
    }

    /// <summary>The signing key of that name; the caller disposes it if it can be disposed.</summary>
    public ISigner Signer(FabricKey key)
    {
        var seed = SeedFile.Read(Paths.Key(key));
        try
        {
            return new Ed25519Signer(seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    /// <summary>The 32-byte public key every proof ends at. From a file, never from the database it judges.</summary>
    public byte[] RootPublicKey() => PublicKeyFile.Read(Paths.RootPublicKey);

    /// <summary>The first API key, as the scripts use it.</summary>
    public string ApiKey() => PrivateFile.Read(Paths.ApiKey);
}
