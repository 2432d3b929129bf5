using Microsoft.Extensions.Configuration;

namespace Voxeltron.Hosting;

/// <summary>What every process of a fabric must agree on. docs/configuration.md describes each setting.</summary>
/// <param name="FabricId">32 hex digits, made at set-up; part of the log's origin, so it never changes.</param>
/// <param name="Postgres">Where the database is.</param>
/// <param name="ApiUrl">Where the API listens and clients find it.</param>
/// <param name="LogFormat">How processes write their log.</param>
/// <param name="LogLevel">The least level written.</param>
/// <param name="ShutdownTimeout">How long a process may drain after SIGTERM before it is stopped.</param>
public sealed record FabricConfig(
    string FabricId,
    PostgresEndpoint Postgres,
    Uri ApiUrl,
    LogFormat LogFormat,
    Microsoft.Extensions.Logging.LogLevel LogLevel,
    TimeSpan ShutdownTimeout)
{
    public const string DefaultApiUrl = "http://127.0.0.1:7400";

    /// <summary>The log's name in checkpoints.</summary>
    public string LogOrigin => "voxeltron/" + FabricId;

    /// <param name="settings">The whole configuration.</param>
    /// <param name="path">Where it came from, for messages.</param>
    public static FabricConfig From(IConfiguration settings, string path)
    {
        var fabricId = settings.RequiredText("fabric_id");
        if (fabricId.Length != 32 || !fabricId.All(char.IsAsciiHexDigitLower))
        {
            throw new Kernel.VoxeltronException("bad_config", $"fabric_id in {path} is '{fabricId}', not 32 lower-case hex digits. It never changes after set-up: restore it from your backup.");
        }

        return new FabricConfig(
            fabricId,
            PostgresEndpoint.From(settings),
            settings.Url("api:url", DefaultApiUrl),
            settings.Choice("log:format", LogFormat.Json),
            settings.Choice("log:level", Microsoft.Extensions.Logging.LogLevel.Information),
            TimeSpan.FromSeconds(settings.WholeNumber("shutdown_timeout_s", 30, 1, 600)));
    }
}
