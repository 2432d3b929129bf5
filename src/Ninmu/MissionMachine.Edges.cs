namespace Voxeltron.Ninmu;

public sealed partial class MissionMachine
{
    /// <summary>The upstream task ended so that the edge holds.</summary>
    private static bool IsSatisfied(TaskNode upstream, TaskEdge edge) => edge.When switch
    {
        DependencyWhen.Settled => true,
        DependencyWhen.Failed => upstream.State == TaskState.Failed,
        DependencyWhen.Refused => upstream.State == TaskState.Refused,
        _ => upstream.State == TaskState.Completed,
    };

    /// <summary>A join that waits for one of many to have ended so cannot say before all have.</summary>
    private static bool IsSatisfied(TaskPlan settled, TaskEdge edge) => edge.When switch
    {
        DependencyWhen.Failed => settled.Failed > 0,
        DependencyWhen.Refused => settled.Refused > 0,
        _ => true,
    };

    private void Move(TaskNode node, TaskState state, long timeUs)
    {
        if (node.State == TaskState.Running && _held.Count > 0)
        {
            node.Plan.Profile.Restarts.Left(node.Key, timeUs);
            node.Plan.Profile.IsDue = false;
        }

        if (node.State == TaskState.Running)
        {
            ReleaseAttempt(node);
            node.Plan.Running--;
        }

        if (state == TaskState.Running)
        {
            node.Plan.Running++;
        }

        _counts[(int)node.State]--;
        _counts[(int)state]++;
        node.State = state;
        Touch(node, timeUs);
        Work++;
    }

    /// <summary>Ends a task and tells those that wait for it: one step per edge.</summary>
    private void End(TaskNode node, TaskState state, string? code, long seq, long timeUs)
    {
        node.Code = code;
        node.LastSeq = seq;
        Move(node, state, timeUs);
        _endedKeys.Add(node.Key);
        SettleAll(node);

        node.Plan.Live--;
        node.Plan.Failed += state == TaskState.Failed ? 1 : 0;
        node.Plan.Refused += state == TaskState.Refused ? 1 : 0;
        if (_cancelled)
        {
            // Nothing waits any more: whoever did is cancelled too.
            return;
        }

        foreach (var edge in node.Plan.Downstream)
        {
            Follow(edge, node, timeUs);
        }
    }

    private void Follow(TaskEdge edge, TaskNode node, long timeUs)
    {
        Work++;
        if (edge.IsJoin)
        {
            FollowJoin(edge, node, timeUs);
            return;
        }

        if (edge.IsElementwise)
        {
            Resolve(edge.To.Nodes[node.Item], edge, node, timeUs);
            return;
        }

        foreach (var waiting in edge.To.Nodes)
        {
            Resolve(waiting, edge, node, timeUs);
        }
    }

    private void FollowJoin(TaskEdge edge, TaskNode node, long timeUs)
    {
        var join = edge.To.Nodes[0];
        if (edge.When == DependencyWhen.Completed && !IsSatisfied(node, edge))
        {
            Doom(join, node.Key, timeUs);
        }
        else if (edge.From.IsSettled)
        {
            ResolveJoin(edge, timeUs);
        }
        else if (join.State == TaskState.Blocked)
        {
            Touch(join, timeUs);
        }
    }

    private void Resolve(TaskNode waiting, TaskEdge edge, TaskNode upstream, long timeUs)
    {
        if (IsSatisfied(upstream, edge))
        {
            Release(waiting, timeUs);
        }
        else
        {
            Doom(waiting, upstream.Key, timeUs);
        }
    }

    private void ReleaseJoins(TaskPlan plan, long timeUs)
    {
        foreach (var edge in plan.Downstream)
        {
            if (edge.IsJoin)
            {
                ResolveJoin(edge, timeUs);
            }
        }
    }

    /// <summary>Every item's task has ended.</summary>
    private void ResolveJoin(TaskEdge edge, long timeUs)
    {
        if (IsSatisfied(edge.From, edge))
        {
            Release(edge.To.Nodes[0], timeUs);
        }
        else
        {
            Doom(edge.To.Nodes[0], edge.From.Spec.Id, timeUs);
        }
    }

    private void TouchJoins(TaskPlan plan, long timeUs)
    {
        foreach (var edge in plan.Downstream)
        {
            if (edge.IsJoin && edge.To.Nodes[0].State == TaskState.Blocked)
            {
                Touch(edge.To.Nodes[0], timeUs);
            }
        }
    }

    /// <summary>One thing less to wait for.</summary>
    private void Release(TaskNode node, long timeUs)
    {
        Work++;
        if (node.State == TaskState.Blocked)
        {
            node.Missing--;
            Touch(node, timeUs);
            ReadyIfNothingMissing(node, timeUs);
        }
    }

    /// <summary>It can never run. The first reason stands.</summary>
    private void Doom(TaskNode node, string upstream, long timeUs)
    {
        Work++;
        if (node.State == TaskState.Blocked)
        {
            node.Code = upstream;
            Move(node, TaskState.Doomed, timeUs);
            Pend(node);
        }
    }

    private void ReadyIfNothingMissing(TaskNode node, long timeUs)
    {
        if (node.State != TaskState.Blocked || node.Missing > 0)
        {
            return;
        }

        if (node.Plan.Spec.DeadlineMs is { } deadlineMs)
        {
            node.DeadlineUs = timeUs + deadlineMs * 1000;
        }

        Move(node, TaskState.Ready, timeUs);
        WatchDeadline(node);
        Queue(node);
    }
}
