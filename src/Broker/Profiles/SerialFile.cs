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
        _highest[$"{tenant}/{name}"] = serial;
        if (_path is null)
        {
            return;
        }

        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create))
        {
            JsonSerializer.Serialize(file, _highest, SerialJson.Default.DictionaryStringInt32);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }
}

[JsonSerializable(typeof(Dictionary<string, int>))]
internal sealed partial class SerialJson : JsonSerializerContext;
