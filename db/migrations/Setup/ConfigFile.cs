using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Voxeltron.Hosting;
using Voxeltron.Kernel;

namespace Voxeltron.Migrations.Setup;

/// <summary>Makes config.json, and on later runs changes only what set-up itself decides: where the server is and where the API listens.</summary>
internal static class ConfigFile
{
    private static readonly JsonSerializerOptions s_format = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions s_lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    public static void Write(SetupOptions options, StatePaths paths)
    {
        if (options.Admin is { } server)
        {
            PrivateFile.TryCreate(paths.Config, New(options, server).ToJsonString(s_format));
        }
        else if (!File.Exists(paths.Config))
        {
            throw new VoxeltronException("postgres_not_named", $"Set-up needs an administrator's connection the first time: set {SetupOptions.PostgresVariable}, or let scripts/up run a private server.");
        }

        Update(options, paths);
        // It holds no secret, and people other than the fabric's user may want to read it.
        PrivateFile.LetAllRead(paths.Config);
    }

    private static JsonObject New(SetupOptions options, NpgsqlConnectionStringBuilder server) => new()
    {
        ["fabric_id"] = RandomNumberGenerator.GetHexString(32, lowercase: true),
        ["postgres"] = Endpoint(server, options.Database ?? PostgresEndpoint.DefaultDatabase),
        ["api"] = new JsonObject { ["url"] = options.ApiUrl ?? FabricConfig.DefaultApiUrl },
    };

    private static JsonObject Endpoint(NpgsqlConnectionStringBuilder server, string database)
    {
        var endpoint = new JsonObject { ["host"] = server.Host, ["port"] = server.Port, ["database"] = database };
        if (server.Host![0] != '/')
        {
            endpoint["ssl_mode"] = server.SslMode.ToString();
            endpoint["root_certificate_path"] = server.RootCertificate;
        }

        return endpoint;
    }

    private static void Update(SetupOptions options, StatePaths paths)
    {
        var text = File.ReadAllText(paths.Config);
        if (JsonNode.Parse(text, documentOptions: s_lenient) is not JsonObject config)
        {
            throw new VoxeltronException("bad_config", $"{paths.Config} is not a JSON object. Correct it; docs/configuration.md lists what it may hold.");
        }

        var before = config.ToJsonString();
        if (options.Admin is { } server)
        {
            var database = options.Database ?? config["postgres"]?["database"]?.GetValue<string>() ?? PostgresEndpoint.DefaultDatabase;
            config["postgres"] = Endpoint(server, database);
        }

        if (options.ApiUrl is { } url)
        {
            var api = config["api"] as JsonObject ?? [];
            api["url"] = url;
            config["api"] = api;
        }

        // An unchanged file keeps the comments and the layout somebody gave it.
        if (config.ToJsonString() != before)
        {
            PrivateFile.Replace(paths.Config, config.ToJsonString(s_format));
        }
    }
}
