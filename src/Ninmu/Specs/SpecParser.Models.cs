using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// What cells may ask models for.
internal sealed partial class SpecParser
{
    private readonly Dictionary<string, ModelGrant> _models = new(StringComparer.Ordinal);

    private void Models(string profile, JsonElement models, string path)
    {
        if (!_read.IsObject(models, path, ["classes", "max_tokens"]))
        {
            return;
        }

        var classes = new List<string>();
        var at = SpecReader.Join(path, "classes");
        foreach (var item in _read.Array(models, path, "classes", ModelGrant.MostClasses, required: true))
        {
            if (item.ValueKind != JsonValueKind.String || !ModelGrant.IsName(item.GetString()!))
            {
                _read.Refuse(at, SpecCodes.BadName, $"{item.GetRawText()} is no class: 1 to {Limits.NameLength} of a-z, 0-9, '-', '_' and '.', a letter or digit first.");
            }
            else if (classes.Contains(item.GetString()!))
            {
                _read.Refuse(at, SpecCodes.Duplicate, $"'{item.GetString()}' is named twice.");
            }
            else
            {
                classes.Add(item.GetString()!);
            }
        }

        var most = _read.Integer(models, path, "max_tokens", 1, ModelGrant.MostTokens, required: true);
        _models[profile] = new ModelGrant(classes, (int)(most ?? 1));
    }

    /// <summary>Every profile has one in v1, and none before.</summary>
    private Dictionary<string, ModelGrant>? Models()
    {
        if (_isDraft)
        {
            return null;
        }

        foreach (var profile in _profiles.Keys)
        {
            _models.TryAdd(profile, ModelGrant.None);
        }

        return _models;
    }
}
