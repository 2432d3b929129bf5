using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// Gates from the tasks' side: who waits for people before it begins, and what their decisions do.
public sealed partial class MissionMachine
{
    // Ready tasks that may have no gate that counts; perhaps stale, like the ready queue.
    private readonly Queue<TaskNode> _gateless = new();

    /// <summary>What is open, and what was approved.</summary>
    public GateBook Gates { get; } = new();

    /// <summary>
    /// What is to be written about gates first: a gate opened for a task that is ready, one voided whose task would run another module, one
    /// whose time is over. Null when nothing is due.
    /// </summary>
    public GateStep? NextGateStep(long nowUs)
    {
        while (_gateless.TryPeek(out var node))
        {
            if (NeedsGate(node, nowUs))
            {
                var gate = Gates.OfTask(node.Key);
                if (gate is null)
                {
                    return new GateStep.Open(Describe(node), node.Plan.Spec.Gate!);
                }

                if (gate.Module != Modules.Current(node.Plan.Spec.Module))
                {
                    return new GateStep.Void(gate, GateCodes.ModuleChanged);
                }
            }

            _gateless.Dequeue();
            Work++;
        }

        return Gates.Due(nowUs) is { } due ? new GateStep.Expire(due) : null;
    }

    /// <summary>Whether the next <see cref="NextGateStep"/> has something.</summary>
    public bool HasGateStep(long nowUs) => NextGateStep(nowUs) is not null;

    /// <summary>Gates, after <see cref="Read(BinaryReader)"/> and the modules.</summary>
    public void ReadGates(BinaryReader source, IReadOnlyDictionary<string, SpecGate> rules)
    {
        Gates.Read(source, rules);
        foreach (var node in _nodes)
        {
            if (node.Plan.Spec.Gate is not null && node.State == TaskState.Ready)
            {
                Queue(node);
            }
        }
    }

    /// <summary>The task as it would be dispatched next, whether or not it may be.</summary>
    public ReadyTask ReadyOf(string taskKey) => Describe(Find(taskKey));

    /// <summary>What the gate's task would run now, or the cell that asked runs.</summary>
    public ModuleDigest ModuleOf(Gate gate)
    {
        var node = Find(gate.TaskKey);
        // Between two attempts nothing runs: the next one boots what is current.
        return gate.Ticket != 0 && node.State == TaskState.Running && node.Module is { } module ? module : Modules.Current(node.Plan.Spec.Module);
    }

    /// <summary>Entries of the items a task reads: its own of a mapped input, and the one of a single input.</summary>
    public IEnumerable<long> ItemSeqsOf(string taskKey)
    {
        var node = Find(taskKey);
        if (node.Plan.Map is { } map)
        {
            yield return map.Seqs[node.Item];
        }

        if (node.Plan.Reads is { Seqs.Count: > 0 } reads)
        {
            yield return reads.Seqs[0];
        }
    }

    private bool NeedsGate(TaskNode node, long nowUs) =>
        node.IsStartable && !node.Overdue && !node.Taken && node.DeadlineUs > nowUs && !MayPass(node);

    /// <summary>No gate stands before the task, or people have let it through with the module it would run.</summary>
    private bool MayPass(TaskNode node) =>
        node.Plan.Spec.Gate is null || Gates.IsApproved(node.Key, Modules.Current(node.Plan.Spec.Module));

    /// <summary>A task that waits for people is not among the ready ones: its gate is to be opened, or is open.</summary>
    private bool IsHeldByGate(TaskNode node)
    {
        if (MayPass(node))
        {
            return false;
        }

        _gateless.Enqueue(node);
        return true;
    }

    private void ApplyGate(GateFact fact)
    {
        switch (fact)
        {
            case GateFact.Opened f:
                var asking = Find(f.Gate.TaskKey);
                Require(
                    f.Gate.Ticket == 0
                        ? asking.Plan.Spec.Gate == f.Gate.Rule && asking.IsStartable && !MayPass(asking) && f.Gate.Module == Modules.Current(asking.Plan.Spec.Module)
                        : asking.State == TaskState.Running && asking.Cell == f.Gate.Cell,
                    asking, $"given gate '{f.Gate.Rule.Name}'");
                Gates.Open(f.Gate);
                asking.LastSeq = f.Gate.OpenedSeq;
                Touch(asking, f.TimeUs);
                break;
            case GateFact.Decided f:
                Decided(Gates.Decide(f.OpenedSeq, f.Vote, f.SubmittedUs, f.Seq, f.TimeUs), f.Seq, f.TimeUs);
                break;
            case GateFact.Voided f:
                var voided = Gates.Void(f.OpenedSeq, f.Code, f.Seq, f.TimeUs);
                if (voided.Ticket == 0)
                {
                    _gateless.Enqueue(Find(voided.TaskKey));
                }

                Touch(Find(voided.TaskKey), f.TimeUs);
                break;
            case GateFact.Expired f:
                Decided(Gates.Expire(f.OpenedSeq, escalates: false, f.Seq, f.TimeUs), f.Seq, f.TimeUs);
                break;
            case GateFact.Escalated f:
                Touch(Find(Gates.Expire(f.OpenedSeq, escalates: true, f.Seq, f.TimeUs).TaskKey), f.TimeUs);
                break;
        }
    }

    private void Decided(Gate gate, long seq, long timeUs)
    {
        var node = Find(gate.TaskKey);
        Touch(node, timeUs);
        if (gate.IsOpen || gate.Ticket != 0)
        {
            return;
        }

        Require(node.IsStartable, node, $"{gate.Word} by gate '{gate.Rule.Name}'");
        if (gate.Status == GateStatus.Approved)
        {
            Queue(node);
        }
        else
        {
            End(node, TaskState.Refused, gate.Status == GateStatus.Denied ? GateCodes.Denied : GateCodes.Expired, seq, timeUs);
        }
    }

    /// <summary>New cells run another version from here on: what was approved, or is asked for, of the old one counts no more.</summary>
    private void RecheckGates()
    {
        foreach (var gate in Gates.All)
        {
            Work++;
            if (gate.Ticket == 0 && Find(gate.TaskKey) is { IsStartable: true } node && gate.Module != Modules.Current(node.Plan.Spec.Module))
            {
                _gateless.Enqueue(node);
            }
        }
    }

    /// <summary>What the task waits for of people; null: nothing.</summary>
    private string? WaitsForGate(TaskNode node)
    {
        var gate = node.State == TaskState.Running ? Gates.FirstOpen(node.Key)?.Rule : node.State == TaskState.Ready && !MayPass(node) ? node.Plan.Spec.Gate : null;
        return gate is null ? null : "gate " + gate.Name;
    }
}
