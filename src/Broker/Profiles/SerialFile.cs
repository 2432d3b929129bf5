using System.Text.Json;
using System.Text.Json.Serialization;

namespace Voxeltron.Broker;

/// <summary>The highest serial seen of each profile (tenant/name), so that a restart does not revive a revoked one. Written whole, then renamed. One writer: the registry, under its lock.</summary>
internal sealed class SerialFile
{
    private readonly string? _path;
    private readonly Dictionary<string, int> _highest;

    /// <exception cref="JsonException">The file is not ours: better no start than a start that forgot.</exception>
    public SerialFile(string? path)
    {
        _path = path;
        _highest = path is not null && File.Exists(path)
            ? JsonSerializer.Deserialize(File.ReadAllText(path), SerialJson.Default.DictionaryStringInt32) ?? []
            : [];
    }

    public int Of(string tenant, string name) => _highest.GetValueOrDefault($"{tenant}/{name}");

    /// <summary>Remembered on disk when it returns.</summary>
    public void Raise(string tenant, string name, int serial)
    {
        if (_path is null)
        {
            _highest[$"{tenant}/{name}"] = serial;
            return;
        }

        // Written first: what is only remembered here would be forgotten by a restart, and never be written again.
        var raised = new Dictionary<string, int>(_highest) { [$"{tenant}/{name}"] = serial };
        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create))
        {
            JsonSerializer.Serialize(file, raised, SerialJson.Default.DictionaryStringInt32);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
        _highest[$"{tenant}/{name}"] = serial;
    }
}

[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class SerialJson : JsonSerializerContext;
