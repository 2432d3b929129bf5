using System.Globalization;
using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

public sealed partial class MissionMachine
{
    private List<TaskNode> _changed = [];
    private List<string> _endedKeys = [];

    /// <summary>Latest state of every task touched since the last call, each once, in order of first touch.</summary>
    public IReadOnlyList<TaskSnapshot> DrainChanges()
    {
        if (_changed.Count == 0)
        {
            return [];
        }

        var snapshots = new TaskSnapshot[_changed.Count];
        for (var i = 0; i < snapshots.Length; i++)
        {
            Work++;
            _changed[i].Dirty = false;
            snapshots[i] = Snapshot(_changed[i]);
        }

        _changed = [];
        return snapshots;
    }

    /// <summary>Keys of the tasks that reached a final state since the last call, in the order they did.</summary>
    public IReadOnlyList<string> DrainEnded()
    {
        if (_endedKeys.Count == 0)
        {
            return [];
        }

        var ended = _endedKeys;
        _endedKeys = [];
        return ended;
    }

    /// <summary>Latest state of every task, in order of creation. Linear in tasks: for those who look at a mission, not for its owner.</summary>
    public IEnumerable<TaskSnapshot> Tasks => _nodes.Select(Snapshot);

    /// <exception cref="InvariantException">The mission has no such task.</exception>
    public TaskSnapshot Task(string taskKey) => Snapshot(Find(taskKey));

    /// <summary>The task that waits in a cell, by its key or its cell's id; null when there is none. Linear in tasks.</summary>
    public TaskSnapshot? Waiting(string? taskKey, CellId? cell)
    {
        foreach (var node in _nodes)
        {
            if (node.Waits && (taskKey is null ? node.Cell == cell : node.Key == taskKey))
            {
                return Snapshot(node);
            }
        }

        return null;
    }

    /// <summary>Where the task's input stands; only meaningful once nothing is missing.</summary>
    public TaskInput InputOf(string taskKey) => InputOf(Find(taskKey));

    private static TaskInput InputOf(TaskNode node)
    {
        var plan = node.Plan;
        if (plan.ResultFrom is { } from)
        {
            var upstream = from.Nodes[from.Map is null ? 0 : node.Item];
            return new TaskInput(TaskInputKind.Result, upstream.ResultSeq, upstream.Key);
        }

        if ((plan.Map ?? plan.Reads) is { } input && node.Item < input.Seqs.Count)
        {
            return new TaskInput(TaskInputKind.Item, input.Seqs[node.Item], null);
        }

        return default;
    }

    private ReadyTask Describe(TaskNode node)
    {
        var spec = node.Plan.Spec;
        return new ReadyTask(node.Key, spec.Id, node.ItemKey, Modules.Current(spec.Module), spec.Profile, node.Attempt + 1, InputOf(node), node.IsLong);
    }

    private TaskSnapshot Snapshot(TaskNode node)
    {
        var spec = node.Plan.Spec;
        var ended = node.IsTerminal;
        var gate = WaitsForGate(node);
        return new TaskSnapshot(
            node.Key, spec.Id, node.ItemKey, gate is not null && node.State == TaskState.Ready ? "waiting" : Word(node.State), node.Attempt, node.Cell, node.Module ?? Modules.Current(spec.Module), spec.Profile,
            ended ? null : gate ?? WaitingFor(node), ended ? node.Code : null, node.LastSeq, node.TimeCreatedUs, node.TimeModifiedUs, node.IsLong);
    }

    private static string Word(TaskState state) => state switch
    {
        TaskState.Ready => "ready",
        TaskState.Running => "running",
        TaskState.Completed => "completed",
        TaskState.Refused => "refused",
        TaskState.Failed => "failed",
        TaskState.Skipped => "skipped",
        TaskState.Cancelled => "cancelled",
        _ => "waiting",
    };

    private static string? WaitingFor(TaskNode node) => node.State switch
    {
        TaskState.Backoff => "retry at " + UnixTime.ToDateTime(node.RetryAtUs).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
        TaskState.Exhausted => "failure to be written: " + node.Code,
        TaskState.Doomed => "skip to be written: " + node.Code,
        TaskState.Running when node.Begun => "timer",
        TaskState.Blocked => FirstUnmet(node),
        TaskState.Ready => node.KeptBy,
        _ => null,
    };

    private static string? FirstUnmet(TaskNode node)
    {
        if (node.Plan.Reads is { Seqs.Count: 0 } input)
        {
            return $"input {input.Spec.Name} open";
        }

        foreach (var edge in node.Plan.Upstream)
        {
            if (edge.IsJoin)
            {
                if (!edge.From.Map!.Closed)
                {
                    return $"input {edge.From.Spec.Map} open";
                }

                if (edge.From.Live > 0)
                {
                    return $"task {edge.From.Spec.Id}: {edge.From.Live} items left";
                }

                continue;
            }

            var upstream = edge.From.Nodes[edge.IsElementwise ? node.Item : 0];
            if (!upstream.IsTerminal)
            {
                return $"task {upstream.Key}";
            }
        }

        return null;
    }

    private void Touch(TaskNode node, long timeUs)
    {
        node.TimeModifiedUs = Math.Max(node.TimeModifiedUs, timeUs);
        if (!node.Dirty)
        {
            node.Dirty = true;
            _changed.Add(node);
        }
    }
}
