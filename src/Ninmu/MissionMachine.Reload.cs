using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// A reload from the tasks' side: who is to be given another cell.
public sealed partial class MissionMachine
{
    /// <summary>Tasks that run and declare this module.</summary>
    public int Running(ModuleDigest declared) => _nodes.Count(node => node.State == TaskState.Running && node.Plan.Spec.Module == declared);

    /// <summary>The task waits in a cell of another version than the reload that goes on leads to.</summary>
    public bool IsToBeReplaced(string taskKey) => IsToBeReplaced(Find(taskKey));

    private bool IsToBeReplaced(TaskNode node) =>
        Modules.Reload is { } reload && node.State == TaskState.Running && node.Plan.Spec.Module == reload.Declared && node.Module != reload.Target;

    private void Replace(MissionFact.CellReplaced fact)
    {
        var node = FindRunning(fact.TaskKey, fact.Attempt);
        Require(node.Begun && IsToBeReplaced(node) && fact.Module == Modules.Reload!.Target, node, $"given a cell of module {fact.Module}");
        node.Cell = fact.Cell;
        node.Module = fact.Module;
        node.LastSeq = fact.Seq;
        Touch(node, fact.TimeUs);
    }

    private void RequireReplaced()
    {
        foreach (var node in _nodes)
        {
            Work++;
            if (IsToBeReplaced(node))
            {
                throw new InvariantException($"A reload cannot have ended: task '{node.Key}' runs module {node.Module}.");
            }
        }
    }
}
