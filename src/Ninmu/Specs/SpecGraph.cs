namespace Voxeltron.Ninmu;

/// <summary>What tasks say about each other: they exist, map the same input, form no cycle, and read only what they wait for.</summary>
internal sealed class SpecGraph
{
    private readonly SpecReader _read;
    private readonly List<SpecTask> _tasks;
    private readonly List<string> _paths;
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);

    public SpecGraph(SpecReader read, List<SpecTask> tasks, List<string> paths)
    {
        _read = read;
        _tasks = tasks;
        _paths = paths;
        for (var i = 0; i < tasks.Count; i++)
        {
            _byId.TryAdd(tasks[i].Id, i);
        }
    }

    public void Check()
    {
        for (var i = 0; i < _tasks.Count; i++)
        {
            Edges(_tasks[i], _paths[i]);
            InputFrom(_tasks[i], SpecReader.Join(_paths[i], "inputFrom"));
        }

        Cycles();
    }

    private void Edges(SpecTask task, string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < task.DependsOn.Count; i++)
        {
            var name = task.DependsOn[i].Task;
            var at = $"{path}.dependsOn[{i}]";
            if (name.Length == 0)
            {
                continue;
            }

            if (!_byId.TryGetValue(name, out var upstream))
            {
                _read.Refuse(at, SpecCodes.UnknownTask, $"No task '{name}' is declared.");
            }
            else if (!seen.Add(name))
            {
                _read.Refuse(at, SpecCodes.Duplicate, $"Task '{name}' is named twice.");
            }
            else if (task.Map is not null && _tasks[upstream].Map is { } other && other != task.Map)
            {
                _read.Refuse(at, SpecCodes.MapMismatch, $"Task '{name}' maps '{other}', this one '{task.Map}': their items do not correspond. Join them in a task without 'map'.");
            }
        }
    }

    private void InputFrom(SpecTask task, string path)
    {
        if (task.InputFrom is not { } name)
        {
            return;
        }

        SpecDependency? edge = null;
        foreach (var dependency in task.DependsOn)
        {
            edge ??= dependency.Task == name ? dependency : null;
        }

        if (!_byId.TryGetValue(name, out var upstream))
        {
            _read.Refuse(path, SpecCodes.UnknownTask, $"No task '{name}' is declared.");
        }
        else if (edge is null)
        {
            _read.Refuse(path, SpecCodes.InputFromNotUpstream, $"Name '{name}' in 'dependsOn' too: its result must be there first.");
        }
        else if (edge.When != DependencyWhen.Completed)
        {
            _read.Refuse(path, SpecCodes.InputFromSettled, $"'{name}' may end without a result; depend on it 'completed'.");
        }
        else if (task.Map is null && _tasks[upstream].Map is not null)
        {
            _read.Refuse(path, SpecCodes.InputFromMapped, $"'{name}' has a result per item; a task without 'map' reads what it needs from tables.");
        }
    }

    private void Cycles()
    {
        var open = new List<int>();
        var mark = new byte[_tasks.Count];
        for (var i = 0; i < _tasks.Count; i++)
        {
            Visit(i, open, mark);
        }
    }

    // Recursion is as deep as the longest chain of tasks, which SpecLimits.Tasks bounds.
    private void Visit(int index, List<int> open, byte[] mark)
    {
        const byte Open = 1;
        const byte Done = 2;
        if (mark[index] != 0)
        {
            return;
        }

        mark[index] = Open;
        open.Add(index);
        for (var i = 0; i < _tasks[index].DependsOn.Count; i++)
        {
            if (!_byId.TryGetValue(_tasks[index].DependsOn[i].Task, out var upstream))
            {
                continue;
            }

            if (mark[upstream] == Open)
            {
                var names = open.Skip(open.IndexOf(upstream)).Append(upstream).Select(t => _tasks[t].Id);
                _read.Refuse($"{_paths[index]}.dependsOn[{i}]", SpecCodes.Cycle, $"These tasks wait for each other: {string.Join(" -> ", names)}.");
            }

            Visit(upstream, open, mark);
        }

        open.RemoveAt(open.Count - 1);
        mark[index] = Done;
    }
}
