using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Voxeltron.Cli.Demo;

/// <summary>A sample's mission.json, where a task names its module; a spec names it by digest.</summary>
public sealed class MissionTemplate
{
    private readonly JsonObject _spec;

    private MissionTemplate(JsonObject spec) => _spec = spec;

    public static MissionTemplate Read(string path)
    {
        try
        {
            return new MissionTemplate(JsonNode.Parse(File.ReadAllBytes(path))!.AsObject());
        }
        catch (Exception e) when (e is JsonException or IOException or InvalidOperationException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read as a mission: {e.Message}", e);
        }
    }

    /// <summary>Each module named, once, in order of first use.</summary>
    public IReadOnlyList<string> Modules => [.. Tasks.Select(t => t["module"]!.GetValue<string>()).Distinct(StringComparer.Ordinal)];

    private IEnumerable<JsonObject> Tasks => _spec["tasks"]!.AsArray().Select(t => t!.AsObject());

    public byte[] WithDigests(IReadOnlyDictionary<string, string> digests)
    {
        var spec = _spec.DeepClone().AsObject();
        foreach (var task in spec["tasks"]!.AsArray())
        {
            task!["module"] = digests[task["module"]!.GetValue<string>()];
        }

        return Encoding.UTF8.GetBytes(spec.ToJsonString());
    }
}
