using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

internal sealed partial class SpecParser
{
    private static readonly IReadOnlyList<string> s_usualRoles = [ApiRoles.Approver];

    private readonly Dictionary<string, SpecGate> _gates = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refusedGates = new(StringComparer.Ordinal);

    private void Gates(JsonElement root)
    {
        if (_isDraft)
        {
            return;
        }

        foreach (var member in _read.Named(root, "gates", SpecLimits.Gates))
        {
            var path = SpecReader.Join("gates", member.Name);
            var before = _read.Errors.Count;
            if (_read.IsName(member.Name, path) && _read.IsObject(member.Value, path, ["quorum", "roles", "approvers", "expires_ms", "on_expiry"]))
            {
                _gates.Add(member.Name, Gate(member.Name, member.Value, path));
            }

            if (_read.Errors.Count > before)
            {
                _refusedGates.Add(member.Name);
            }
        }
    }

    private SpecGate Gate(string name, JsonElement gate, string path)
    {
        var quorum = (int)(_read.Integer(gate, path, "quorum", 1, SpecLimits.GateQuorum) ?? 1);
        var roles = Words(gate, path, "roles", ApiRoles.Deciders.Count);
        for (var i = 0; i < roles.Count; i++)
        {
            if (!ApiRoles.Deciders.Contains(roles[i]))
            {
                _read.Refuse($"{path}.roles[{i}]", SpecCodes.UnknownRole, $"'{roles[i]}' is no role that decides; known are {string.Join(", ", ApiRoles.Deciders)}.");
            }
        }

        var approvers = Words(gate, path, "approvers", SpecLimits.GateApprovers);
        for (var i = 0; i < approvers.Count; i++)
        {
            _read.IsName(approvers[i], $"{path}.approvers[{i}]");
        }

        if (approvers.Count > 0 && quorum > approvers.Count)
        {
            _read.Refuse(SpecReader.Join(path, "quorum"), SpecCodes.QuorumTooLarge, $"{approvers.Count} approvers can never be {quorum}.");
        }

        var expires = _read.Integer(gate, path, "expires_ms", 1, SpecLimits.MaxGateMs);
        var word = _read.Text(gate, path, "on_expiry");
        if (word is not (null or "deny" or "escalate"))
        {
            _read.Refuse(SpecReader.Join(path, "on_expiry"), SpecCodes.UnknownExpiry, $"'{word}' is not known; use 'deny' or 'escalate'. Nothing approves by itself.");
        }
        else if (word is not null && !gate.TryGetProperty("expires_ms", out _))
        {
            _read.Refuse(SpecReader.Join(path, "on_expiry"), SpecCodes.ExpiryMissing, "It says what follows when 'expires_ms' is over, which is not given.");
        }

        return new SpecGate(name, quorum, roles.Count == 0 ? s_usualRoles : roles, approvers, expires, word == "escalate");
    }

    /// <summary>An optional list of different words; not empty where it is given.</summary>
    private List<string> Words(JsonElement parent, string path, string name, int max)
    {
        var words = new List<string>();
        if (!parent.TryGetProperty(name, out _))
        {
            return words;
        }

        var index = 0;
        foreach (var element in _read.Array(parent, path, name, max, required: true))
        {
            var at = $"{path}.{name}[{index++}]";
            if (!_read.Is(element, at, JsonValueKind.String, "a string"))
            {
                continue;
            }

            var word = element.GetString()!;
            if (words.Contains(word))
            {
                _read.Refuse(at, SpecCodes.Duplicate, $"'{word}' stands there twice.");
            }

            words.Add(word);
        }

        return words;
    }

    private SpecGate? Gate(JsonElement task, string path)
    {
        if (_isDraft || _read.Text(task, path, "gate") is not { } name)
        {
            return null;
        }

        if (_gates.TryGetValue(name, out var gate))
        {
            return gate;
        }

        if (!_refusedGates.Contains(name))
        {
            _read.Refuse(SpecReader.Join(path, "gate"), SpecCodes.UnknownGate, $"No gate '{name}' is declared under 'gates'.");
        }

        return null;
    }
}
