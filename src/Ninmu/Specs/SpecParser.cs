using System.Text.Json;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Ninmu;

/// <summary>One parse of one document: members first, then what they say about each other, the graph last.</summary>
internal sealed partial class SpecParser
{
    private readonly SpecReader _read = new();
    private readonly Dictionary<string, SpecInput> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CellProfile> _profiles = new(StringComparer.Ordinal) { [CellProfile.Default.Name] = CellProfile.Default };
    private readonly Dictionary<string, RestartPolicy> _restarts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _warm = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EgressCredential> _egress = new(StringComparer.Ordinal);
    private readonly HashSet<string> _faulty = new(StringComparer.Ordinal);
    private readonly List<SpecTable> _tables = [];
    private readonly List<SpecView> _views = [];

    // A document of the draft has the draft's members alone, so that what was refused then is refused for ever.
    private bool _isDraft;

    // Names that were declared but refused: a reference to one is not a second error.
    private readonly HashSet<string> _refusedInputs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refusedProfiles = new(StringComparer.Ordinal);

    public static SpecResult Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > Limits.MissionSpecBytes)
        {
            return Refused(SpecCodes.TooLarge, $"The document has {json.Length} bytes; at most {Limits.MissionSpecBytes} are allowed.");
        }

        byte[] canonical;
        try
        {
            canonical = Jcs.Canonicalize(json);
        }
        catch (JcsException e)
        {
            var code = e.Reason switch
            {
                JcsException.DuplicateKey => SpecCodes.DuplicateKey,
                JcsException.TooDeep => SpecCodes.TooDeep,
                _ => SpecCodes.NotJson,
            };
            return Refused(code, e.Message);
        }

        // Read from the canonical text, so that 1e3 and 1000 are the same document and the same integer.
        using var document = JsonDocument.Parse(canonical);
        return new SpecParser().Run(document.RootElement, canonical);
    }

    private static SpecResult Refused(string code, string reason) => new(null, [new SpecError("", code, reason)]);

    private SpecResult Run(JsonElement root, byte[] canonical)
    {
        _isDraft = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("spec", out var spec)
            && spec.ValueKind == JsonValueKind.String && spec.ValueEquals(MissionSpec.Draft);
        if (!_read.IsObject(root, "", Known(["spec", "name", "inputs", "tables", "views", "profiles", "tasks"], ["budget", "onBudget", "onFailure", "deadline_ms", "rates", "gates"])))
        {
            return new SpecResult(null, _read.Errors);
        }

        var version = _read.Text(root, "", "spec", required: true);
        if (version is not null && version != MissionSpec.Version && !_isDraft)
        {
            _read.Refuse("spec", SpecCodes.UnsupportedVersion, $"'{version}' is not known; this fabric reads '{MissionSpec.Version}', and '{MissionSpec.Draft}' as it was.");
        }

        var name = _read.Text(root, "", "name", required: true);
        _read.IsName(name, "name");
        Inputs(root);
        Tables(root);
        Views(root);
        Profiles(root);
        Rates(root);
        Gates(root);
        var tasks = Tasks(root);
        var options = new SpecOptions(
            Budget(root), OnFailure(root), _read.Integer(root, "", "deadline_ms", 1, SpecLimits.MaxDeadlineMs), _rates);
        return _read.Errors.Count > 0
            ? new SpecResult(null, _read.Errors)
            : new SpecResult(new MissionSpec(canonical, name!, _inputs, _tables, _views, _profiles, _restarts, _warm, _faulty, _egress, tasks) { Options = options, Gates = _gates, Models = Models() }, []);
    }

    /// <summary>The members an object may have: those of the draft, and what v1 added.</summary>
    private string[] Known(string[] draft, string[] added) => _isDraft ? draft : [.. draft, .. added];

    private void Inputs(JsonElement root)
    {
        foreach (var member in _read.Named(root, "inputs", SpecLimits.Inputs))
        {
            var path = SpecReader.Join("inputs", member.Name);
            var before = _read.Errors.Count;
            if (_read.IsName(member.Name, path) && _read.IsObject(member.Value, path, ["single", "max_items"]))
            {
                var single = _read.Boolean(member.Value, path, "single");
                var max = _read.Integer(member.Value, path, "max_items", 1, Limits.ItemsPerInput);
                if (single && max is > 1)
                {
                    _read.Refuse(SpecReader.Join(path, "max_items"), SpecCodes.InputConflict, "A single input takes exactly one item.");
                }

                _inputs.Add(member.Name, new SpecInput(member.Name, single, single ? 1 : (int)(max ?? Limits.ItemsPerInput)));
            }

            if (_read.Errors.Count > before)
            {
                _refusedInputs.Add(member.Name);
            }
        }
    }

    private void Profiles(JsonElement root)
    {
        foreach (var member in _read.Named(root, "profiles", SpecLimits.Profiles))
        {
            var path = SpecReader.Join("profiles", member.Name);
            var before = _read.Errors.Count;
            if (_read.IsName(member.Name, path)
                && _read.IsObject(member.Value, path, Known(["memory_limit_bytes", "fuel_per_action", "fuel_slice", "table_elements", "restart", "warm", "faults", "egress"], ["models"])))
            {
                var memory = _read.Integer(member.Value, path, "memory_limit_bytes", SpecLimits.MinMemoryBytes, SpecLimits.MaxMemoryBytes);
                var fuel = _read.Integer(member.Value, path, "fuel_per_action", 1, SpecLimits.MaxFuel);
                var mostFuel = fuel ?? CellProfile.Default.FuelPerAction;
                var slice = _read.Integer(member.Value, path, "fuel_slice", 1, mostFuel);
                var elements = _read.Integer(member.Value, path, "table_elements", 0, SpecLimits.MaxTableElements);
                var usual = CellProfile.Default;
                _profiles[member.Name] = new CellProfile(
                    member.Name, memory ?? usual.MemoryLimitBytes, mostFuel, (int)(elements ?? usual.TableElements),
                    slice ?? Math.Min(mostFuel, usual.FuelSlice));
                if (_read.Integer(member.Value, path, "warm", 0, SpecLimits.MaxWarm) is { } warm)
                {
                    _warm[member.Name] = (int)warm;
                }

                if (_read.Boolean(member.Value, path, "faults"))
                {
                    _faulty.Add(member.Name);
                }

                if (member.Value.TryGetProperty("egress", out var egress))
                {
                    Egress(member.Name, egress, SpecReader.Join(path, "egress"));
                }

                if (!_isDraft && member.Value.TryGetProperty("models", out var models))
                {
                    Models(member.Name, models, SpecReader.Join(path, "models"));
                }

                if (member.Value.TryGetProperty("restart", out var restart))
                {
                    Restart(member.Name, restart, SpecReader.Join(path, "restart"));
                }
            }

            if (_read.Errors.Count > before)
            {
                _refusedProfiles.Add(member.Name);
            }
        }
    }

    /// <summary>The envelope as an operator signed it. Whether the signature is one, and of whom, is not the document's to say.</summary>
    private void Egress(string profile, JsonElement envelope, string path)
    {
        if (EgressCredential.TryParse(envelope, out var error) is { } credential)
        {
            _egress[profile] = credential;
        }
        else
        {
            _read.Refuse(error.Path.Length == 0 ? path : SpecReader.Join(path, error.Path), SpecCodes.BadEgress, error.Reason);
        }
    }

    private void Restart(string profile, JsonElement restart, string path)
    {
        if (_read.IsObject(restart, path, ["intensity", "period_ms", "hold_ms", "max_hold_ms"]))
        {
            var usual = RestartPolicy.Default;
            var intensity = _read.Integer(restart, path, "intensity", 0, SpecLimits.MaxRestartIntensity) ?? usual.Intensity;
            var period = _read.Integer(restart, path, "period_ms", 1, SpecLimits.MaxRestartPeriodMs) ?? usual.PeriodMs;
            var hold = _read.Integer(restart, path, "hold_ms", 1, SpecLimits.MaxRestartHoldMs) ?? usual.HoldMs;
            var max = _read.Integer(restart, path, "max_hold_ms", hold, SpecLimits.MaxRestartHoldMs) ?? Math.Max(hold, usual.MaxHoldMs);
            _restarts[profile] = new RestartPolicy((int)intensity, period, hold, max);
        }
    }
}
