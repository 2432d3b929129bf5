using System.Text.Json;
using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

internal sealed partial class SpecParser
{
    private List<SpecTask> Tasks(JsonElement root)
    {
        var tasks = new List<SpecTask>();
        var paths = new List<string>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var index = 0;
        foreach (var element in _read.Array(root, "", "tasks", SpecLimits.Tasks, required: true))
        {
            var path = $"tasks[{index++}]";
            if (_read.IsObject(element, path, Known(["id", "module", "map", "input", "inputFrom", "dependsOn", "profile", "deadline_ms", "retry"], ["priority", "rate", "gate"])))
            {
                tasks.Add(Task(element, path, ids));
                paths.Add(path);
            }
        }

        new SpecGraph(_read, tasks, paths).Check();
        return tasks;
    }

    private SpecTask Task(JsonElement task, string path, HashSet<string> ids)
    {
        var id = _read.Text(task, path, "id", required: true);
        if (_read.IsName(id, SpecReader.Join(path, "id")) && !ids.Add(id!))
        {
            _read.Refuse(SpecReader.Join(path, "id"), SpecCodes.Duplicate, $"Task '{id}' is declared twice.");
        }

        var module = _read.Text(task, path, "module", required: true);
        if (module is not null && !ModuleDigest.IsValid(module))
        {
            _read.Refuse(SpecReader.Join(path, "module"), SpecCodes.BadModuleDigest, "It must be the module's SHA-256: 64 lower-case hex digits.");
        }

        var (map, maxParallel) = Map(task, path);
        var input = Input(task, path, "input", single: true);
        var inputFrom = _read.Text(task, path, "inputFrom");
        if (input is not null && (map is not null || inputFrom is not null))
        {
            _read.Refuse(SpecReader.Join(path, "input"), SpecCodes.InputConflict, "A task has one input: 'input', 'inputFrom' or the item of 'map'.");
        }

        return new SpecTask(
            id ?? "",
            ModuleDigest.IsValid(module) ? new ModuleDigest(module!) : default,
            map,
            input,
            inputFrom,
            Dependencies(task, path),
            Profile(task, path),
            _read.Integer(task, path, "deadline_ms", 1, SpecLimits.MaxDeadlineMs),
            Retry(task, path))
        {
            MaxParallel = maxParallel,
            Priority = (int)(_read.Integer(task, path, "priority", SpecLimits.HighestPriority, SpecLimits.LowestPriority) ?? SpecLimits.DefaultPriority),
            Rate = Rate(task, path),
            Gate = Gate(task, path),
        };
    }

    /// <summary>The input's name, or an object that names it and bounds how many of its tasks run at once.</summary>
    private (string? Input, int? MaxParallel) Map(JsonElement task, string path)
    {
        if (_isDraft || !task.TryGetProperty("map", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            return (Input(task, path, "map", single: false), null);
        }

        path = SpecReader.Join(path, "map");
        _read.IsObject(map, path, ["over", "max_parallel"]);
        if (!map.TryGetProperty("over", out _))
        {
            _read.Refuse(SpecReader.Join(path, "over"), SpecCodes.Missing, "'over' must be given.");
        }

        return (Input(map, path, "over", single: false), (int?)_read.Integer(map, path, "max_parallel", 1, SpecLimits.TasksPerMission));
    }

    private string? Rate(JsonElement task, string path)
    {
        var name = _read.Text(task, path, "rate");
        if (name is not null && !_rates.ContainsKey(name))
        {
            _read.Refuse(SpecReader.Join(path, "rate"), SpecCodes.UnknownRate, $"No rate '{name}' is declared under 'rates'.");
        }

        return name;
    }

    private string? Input(JsonElement task, string path, string member, bool single)
    {
        var name = _read.Text(task, path, member);
        if (name is null || _refusedInputs.Contains(name))
        {
            return name;
        }

        path = SpecReader.Join(path, member);
        if (!_inputs.TryGetValue(name, out var input))
        {
            _read.Refuse(path, SpecCodes.UnknownInput, $"No input '{name}' is declared under 'inputs'.");
        }
        else if (single && !input.Single)
        {
            _read.Refuse(path, SpecCodes.InputNotSingle, $"Input '{name}' takes many items; declare it single, or use 'map'.");
        }
        else if (!single && input.Single)
        {
            _read.Refuse(path, SpecCodes.MapSingle, $"Input '{name}' is single; use 'input'.");
        }

        return name;
    }

    private CellProfile Profile(JsonElement task, string path)
    {
        var name = _read.Text(task, path, "profile") ?? CellProfile.Default.Name;
        if (_profiles.TryGetValue(name, out var profile))
        {
            return profile;
        }

        if (!_refusedProfiles.Contains(name))
        {
            _read.Refuse(SpecReader.Join(path, "profile"), SpecCodes.UnknownProfile, $"No profile '{name}' is declared under 'profiles'.");
        }

        return CellProfile.Default;
    }

    private TaskRetry Retry(JsonElement task, string path)
    {
        path = SpecReader.Join(path, "retry");
        var usual = TaskRetry.Default;
        if (!task.TryGetProperty("retry", out var retry)
            || !_read.IsObject(retry, path, Known(["max_attempts", "backoff_ms"], ["factor", "max_backoff_ms", "not_retryable"])))
        {
            return usual;
        }

        var attempts = _read.Integer(retry, path, "max_attempts", 1, SpecLimits.MaxAttempts);
        var backoff = _read.Integer(retry, path, "backoff_ms", 0, SpecLimits.MaxBackoffMs) ?? usual.BackoffMs;
        var factor = _read.Integer(retry, path, "factor", 1, SpecLimits.MaxBackoffFactor);
        var longest = _read.Integer(retry, path, "max_backoff_ms", backoff, SpecLimits.MaxDeadlineMs);
        return new TaskRetry(
            (int)(attempts ?? usual.MaxAttempts), (int)backoff, (int)(factor ?? usual.Factor), longest ?? usual.MaxBackoffMs, NotRetryable(retry, path));
    }

    private List<string> NotRetryable(JsonElement retry, string path)
    {
        var codes = new List<string>();
        var index = 0;
        foreach (var element in _read.Array(retry, path, "not_retryable", SpecLimits.NotRetryable))
        {
            var at = $"{path}.not_retryable[{index++}]";
            if (_read.Is(element, at, JsonValueKind.String, "a string") && _read.IsName(element.GetString(), at))
            {
                codes.Add(element.GetString()!);
            }
        }

        return codes;
    }

    private List<SpecDependency> Dependencies(JsonElement task, string path)
    {
        var dependencies = new List<SpecDependency>();
        var index = 0;
        foreach (var element in _read.Array(task, path, "dependsOn", SpecLimits.DependenciesPerTask))
        {
            var at = $"{path}.dependsOn[{index++}]";
            var when = DependencyWhen.Completed;
            string? name;
            if (element.ValueKind == JsonValueKind.String)
            {
                name = element.GetString();
            }
            else if (_read.IsObject(element, at, ["task", "when"]))
            {
                name = _read.Text(element, at, "task", required: true);
                var word = _read.Text(element, at, "when") ?? "completed";
                when = word switch
                {
                    "settled" => DependencyWhen.Settled,
                    "failed" => DependencyWhen.Failed,
                    "refused" => DependencyWhen.Refused,
                    _ => DependencyWhen.Completed,
                };
                if (word is not ("settled" or "completed") && (_isDraft || word is not ("failed" or "refused")))
                {
                    _read.Refuse(SpecReader.Join(at, "when"), SpecCodes.UnknownWhen, $"'{word}' is not known; use 'completed', 'settled', 'failed' or 'refused'.");
                }
            }
            else
            {
                name = null;
            }

            // A refused element keeps its place, so that later paths name the right index.
            dependencies.Add(new SpecDependency(name ?? "", when));
        }

        return dependencies;
    }
}
