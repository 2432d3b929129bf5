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
            if (_read.IsObject(element, path, Known(["id", "module", "map", "input", "inputFrom", "dependsOn", "profile", "deadline_ms", "retry"], ["gate"])))
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

        var map = Input(task, path, "map", single: false);
        var input = Input(task, path, "input", single: true);
        var inputFrom = _read.Text(task, path, "inputFrom");
        if (input is not null && (map is not null || inputFrom is not null))
        {
            _read.Refuse(SpecReader.Join(path, "input"), SpecCodes.InputConflict, "A task has one input: 'input', 'inputFrom' or the item of 'map'.");
        }

        var (attempts, backoff) = Retry(task, path);
        return new SpecTask(
            id ?? "",
            ModuleDigest.IsValid(module) ? new ModuleDigest(module!) : default,
            map,
            input,
            inputFrom,
            Dependencies(task, path),
            Profile(task, path),
            _read.Integer(task, path, "deadline_ms", 1, SpecLimits.MaxDeadlineMs),
            attempts,
            backoff) { Gate = Gate(task, path) };
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

    private (int MaxAttempts, int BackoffMs) Retry(JsonElement task, string path)
    {
        path = SpecReader.Join(path, "retry");
        if (!task.TryGetProperty("retry", out var retry) || !_read.IsObject(retry, path, ["max_attempts", "backoff_ms"]))
        {
            return (SpecLimits.DefaultAttempts, SpecLimits.DefaultBackoffMs);
        }

        var attempts = _read.Integer(retry, path, "max_attempts", 1, SpecLimits.MaxAttempts);
        var backoff = _read.Integer(retry, path, "backoff_ms", 0, SpecLimits.MaxBackoffMs);
        return ((int)(attempts ?? SpecLimits.DefaultAttempts), (int)(backoff ?? SpecLimits.DefaultBackoffMs));
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
                when = word == "settled" ? DependencyWhen.Settled : DependencyWhen.Completed;
                if (word is not ("settled" or "completed"))
                {
                    _read.Refuse(SpecReader.Join(at, "when"), SpecCodes.UnknownWhen, $"'{word}' is not known; use 'completed' or 'settled'.");
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
