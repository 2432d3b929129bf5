using System.Text.Json;

namespace Voxeltron.Cli.Fabric;

/// <summary>Where a fabric is and how to get in: from VOXELTRON_API and VOXELTRON_API_KEY, else from the state directory.</summary>
/// <param name="Api">Base address of the API.</param>
/// <param name="Key">The API key; sent with every request, never printed.</param>
/// <param name="StateDirectory">Null when only the environment named the API.</param>
/// <param name="Database">Null without a state directory.</param>
public sealed record FabricAddress(Uri Api, string Key, string? StateDirectory, DatabaseAddress? Database)
{
    public const string StateVariable = "VOXELTRON_STATE";
    public const string ApiVariable = "VOXELTRON_API";
    public const string KeyVariable = "VOXELTRON_API_KEY";

    public static FabricAddress FromEnvironment()
    {
        var state = Variable(StateVariable) is { } named ? Path.GetFullPath(named) : DefaultState();
        using var config = state is null ? null : Read(state);
        var url = Variable(ApiVariable) ?? Text(config, "api", "url")
            ?? throw new CliException($"No fabric is named. Start one with scripts/up, or set {StateVariable} to its state directory, or {ApiVariable} and {KeyVariable}.");
        var key = Variable(KeyVariable) ?? ReadKey(state);
        if (!Uri.TryCreate(url.TrimEnd('/') + "/", UriKind.Absolute, out var api) || api.Scheme is not ("http" or "https"))
        {
            throw new CliException($"'{url}' is no http address of an API.");
        }

        return new FabricAddress(api, key, state, config is null ? null : DatabaseOf(config));
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { } v && !string.IsNullOrWhiteSpace(v) ? v : null;

    // scripts/up keeps a fabric beside the sources unless told otherwise.
    private static string? DefaultState()
    {
        var candidate = Repository.Find() is { } root ? Path.Combine(root, ".voxeltron") : null;
        return candidate is not null && File.Exists(Path.Combine(candidate, "config.json")) ? candidate : null;
    }

    private static JsonDocument? Read(string state)
    {
        var path = Path.Combine(state, "config.json");
        try
        {
            return File.Exists(path) ? JsonDocument.Parse(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException e)
        {
            throw new CliException($"{path} is not JSON: {e.Message}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CliException($"{path} may not be read by this user. Run as the user that ran scripts/up.", e);
        }
    }

    private static string ReadKey(string? state)
    {
        var path = state is null ? null : Path.Combine(state, "api-key");
        if (path is null || !File.Exists(path))
        {
            throw new CliException($"No API key: set {KeyVariable}, or {StateVariable} to a state directory that holds the file api-key.");
        }

        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CliException($"{path} may not be read by this user. Run as the user that ran scripts/up.", e);
        }
    }

    private static DatabaseAddress? DatabaseOf(JsonDocument config) => Text(config, "postgres", "host") is { } host
        ? new DatabaseAddress(host, Text(config, "postgres", "port") ?? "5432", Text(config, "postgres", "database") ?? "voxeltron")
        : null;

    private static string? Text(JsonDocument? config, string section, string name) =>
        config is not null && config.RootElement.ValueKind == JsonValueKind.Object
        && config.RootElement.TryGetProperty(section, out var group) && group.ValueKind == JsonValueKind.Object
        && group.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ToString()
            : null;
}
