using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Launcher;

/// <summary>The settings a launcher must know, read as the processes read them: config.json, and the environment over it.</summary>
/// <param name="WorkerUrl">Where the worker serves its metrics.</param>
/// <param name="PostgresHost">A host name, or the directory of a Unix socket; null where nothing was set up.</param>
/// <param name="PostgresPort">TCP port, or the number in the socket's name.</param>
/// <param name="RootCertificate">A file the worker reads, if the settings name one.</param>
/// <param name="BrokerSocket">Where the broker listens, if there is one.</param>
internal sealed record FabricSettings(string WorkerUrl, string? PostgresHost, int PostgresPort, string? RootCertificate, string? BrokerSocket)
{
    private const string AnyLocalPort = "http://127.0.0.1:0";
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public bool IsTcp => PostgresHost is { Length: > 0 } host && host[0] != '/';

    public static FabricSettings Read(string state)
    {
        var path = Path.Combine(state, "config.json");
        using var config = Parse(path);
        string? Of(string section, string name) =>
            Environment.GetEnvironmentVariable($"VOXELTRON_{section}__{name}".ToUpperInvariant()) ?? InFile(config, section, name);

        return new FabricSettings(
            Of("worker", "url") is { Length: > 0 } url ? url : AnyLocalPort,
            Of("postgres", "host"),
            int.TryParse(Of("postgres", "port"), out var port) && port is > 0 and < 65536 ? port : 5432,
            Of("postgres", "root_certificate_path"),
            Of("worker", "broker_socket"));
    }

    private static JsonDocument? Parse(string path)
    {
        try
        {
            return File.Exists(path) ? JsonDocument.Parse(File.ReadAllText(path), s_lenient) : null;
        }
        catch (Exception broken) when (broken is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new VoxeltronException("bad_config", $"{path} cannot be read: {broken.Message}");
        }
    }

    private static string? InFile(JsonDocument? config, string section, string name) =>
        config is not null && Member(config.RootElement, section) is { } inner && Member(inner, name) is { } value
            ? value.ValueKind == JsonValueKind.String ? value.GetString() : value.ValueKind == JsonValueKind.Null ? null : value.GetRawText()
            : null;

    private static JsonElement? Member(JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                if (string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))
                {
                    return member.Value;
                }
            }
        }

        return null;
    }
}
