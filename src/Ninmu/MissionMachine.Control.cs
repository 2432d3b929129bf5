using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

// What people, deadlines and failures do to a mission as a whole, and to a task that failed.
public sealed partial class MissionMachine
{
    private StopCause _stop;
    private bool _paused;

    /// <summary>Nothing goes on any more; the code its tasks end with, and null as long as it does.</summary>
    public string? StopCode => _cancelled ? _stop.Code() : null;

    /// <summary>Why a task may not be tried again, or null.</summary>
    public string? AdmitRetry(string taskKey) =>
        _ended is not null || _cancelled ? "mission_ended"
        : !_byKey.TryGetValue(taskKey, out var node) ? "unknown_task"
        : node.State != TaskState.Failed ? "task_not_failed"
        : node.Lives >= SpecLimits.MaxLives ? "too_many_retries" : null;

    /// <summary>The highest number its tickets had before this life, or may have had: whatever is under way of an earlier one keeps numbers of its own.</summary>
    public long TicketsBefore(string taskKey) => (long)Find(taskKey).Lives * SpecLimits.TicketsPerLife;

    /// <summary>Why the budget may not be topped up so, or null.</summary>
    public string? AdmitTopUp(in BudgetAmounts more)
    {
        if (_ended is not null || _cancelled)
        {
            return "mission_ended";
        }

        if (Budget is null)
        {
            return "no_budget";
        }

        var some = false;
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            some |= more[i] > 0;
            if (more[i] < 0 || more[i] > SpecLimits.MaxBudget || (more[i] > 0 && !Budget.IsLimited((BudgetDimension)i)))
            {
                return "bad_topup";
            }
        }

        return some ? null : "bad_topup";
    }

    /// <summary>Ends everything that is not in a handler, for good.</summary>
    private void Stop(StopCause cause, long timeUs)
    {
        if (_cancelled || IsOver)
        {
            return;
        }

        (_cancelled, _stop) = (true, cause);
        foreach (var node in _nodes)
        {
            Work++;
            if (!node.IsTerminal && (node.State != TaskState.Running || node.Waits))
            {
                End(node, TaskState.Cancelled, cause.Code(), node.LastSeq, timeUs);
            }
        }
    }

    private void Expire(long timeUs)
    {
        if (timeUs < _deadlineUs || _cancelled || IsOver)
        {
            throw new InvariantException("The mission's deadline has not passed, or nothing is left that it could end.");
        }

        Stop(StopCause.Deadline, timeUs);
    }

    private void TryAgain(MissionFact.TaskRetryRequested fact)
    {
        if (AdmitRetry(fact.TaskKey) is { } refusal)
        {
            throw new InvariantException($"Task '{fact.TaskKey}' cannot be tried again: {refusal}.");
        }

        var node = Find(fact.TaskKey);
        node.Plan.Failed--;
        node.Lives++;
        Revive(node, fact);
        node.Forgiven = node.Attempt - (node.IsLong ? 1 : 0);
        (node.Begun, node.Overdue, node.DeadlineUs, node.Missing) = (false, false, long.MaxValue, 0);
        ReadyIfNothingMissing(node, fact.TimeUs);
        ReviveSkipped(node, fact);
    }

    /// <summary>What was skipped because of it waits again, and what was skipped because of that; what waited for its end counts it again.</summary>
    private void ReviveSkipped(TaskNode first, MissionFact.TaskRetryRequested fact)
    {
        var queue = new Queue<TaskNode>([first]);
        while (queue.TryDequeue(out var upstream))
        {
            foreach (var waiting in upstream.Plan.Downstream.SelectMany(edge => WaitingFor(edge, upstream)))
            {
                Work++;
                if (waiting.State == TaskState.Skipped && (waiting.Code == upstream.Key || waiting.Code == upstream.Plan.Spec.Id))
                {
                    Revive(waiting, fact);
                    queue.Enqueue(waiting);
                }

                if (waiting.State is TaskState.Blocked or TaskState.Doomed)
                {
                    Recount(waiting, fact.TimeUs);
                }
            }
        }
    }

    private static List<TaskNode> WaitingFor(TaskEdge edge, TaskNode upstream) =>
        edge.IsElementwise ? [edge.To.Nodes[upstream.Item]] : edge.To.Nodes;

    private void Revive(TaskNode node, MissionFact.TaskRetryRequested fact)
    {
        node.Code = null;
        node.LastSeq = fact.Seq;
        node.Plan.Live++;
        Move(node, TaskState.Blocked, fact.TimeUs);
    }

    /// <summary>What a task that has not begun waits for, from how all upstream of it are now.</summary>
    private void Recount(TaskNode node, long timeUs)
    {
        if (node.State == TaskState.Doomed)
        {
            Move(node, TaskState.Blocked, timeUs);
        }

        node.Code = null;
        node.Missing = node.Plan.Reads is { Seqs.Count: 0 } ? 1 : 0;
        foreach (var edge in node.Plan.Upstream)
        {
            Work++;
            if (edge.IsJoin ? !edge.From.IsSettled : !UpstreamOf(node, edge).IsTerminal)
            {
                node.Missing++;
            }

            var unmet = edge.IsJoin ? FirstUnmet(edge) : UpstreamOf(node, edge) is { IsTerminal: true } ended && !IsSatisfied(ended, edge) ? ended.Key : null;
            if (unmet is not null)
            {
                Doom(node, unmet, timeUs);
            }
        }

        Touch(node, timeUs);
        ReadyIfNothingMissing(node, timeUs);
    }

    /// <summary>What keeps a join from ever running: the first item that did not complete, or that nothing ended as it asks.</summary>
    private static string? FirstUnmet(TaskEdge join) => join.When == DependencyWhen.Completed
        ? join.From.Nodes.Find(static node => node.IsTerminal && node.State != TaskState.Completed)?.Key
        : join.From.IsSettled && !IsSatisfied(join.From, join) ? join.From.Spec.Id : null;

    private static TaskNode UpstreamOf(TaskNode node, TaskEdge edge) => edge.From.Nodes[edge.IsElementwise ? node.Item : 0];

    /// <summary>The earliest time at which a rate lets a task begin that waits for it.</summary>
    private long NextRateUs()
    {
        var wake = long.MaxValue;
        foreach (var rate in _rates)
        {
            while (rate.Parked.TryPeek(out var node, out _) && (!node.IsStartable || node.Taken || node.Overdue))
            {
                rate.Parked.Dequeue().Queued = false;
                Work++;
            }

            if (rate.Parked.Count > 0 && !rate.IsDue)
            {
                wake = Math.Min(wake, rate.NextUs);
            }
        }

        return wake;
    }

    /// <summary>Pause, stop, budget and rates have something to say: then <see cref="WriteControl"/> writes it.</summary>
    public bool HasControl => Budget is not null || _paused || (_cancelled && _stop != StopCause.Cancel) || _rates.Count > 0 || _nodes.Exists(static node => node.Forgiven != 0 || node.Lives != 0);

    public void WriteControl(BinaryWriter target)
    {
        target.Write(_paused);
        target.Write((byte)_stop);
        target.Write(_exhausted is { } dimension ? (int)dimension : -1);
        Budget?.Write(target);
        WriteRequests(target);
        _rates.ForEach(rate => rate.Write(target));
        var others = _nodes.Where(static node => node.Forgiven != 0 || node.Lives != 0 || node.Held != HeldPart.None).ToList();
        target.Write(others.Count);
        foreach (var node in others)
        {
            target.Write(node.Index);
            target.Write(node.Forgiven);
            target.Write(node.Lives);
            target.Write((byte)node.Held);
        }
    }

    /// <summary>Takes what <see cref="WriteControl"/> wrote, after <see cref="Read(BinaryReader)"/>.</summary>
    public void ReadControl(BinaryReader source)
    {
        _paused = source.ReadBoolean();
        var stop = source.ReadByte();
        _stop = stop <= (byte)StopCause.Deadline ? (StopCause)stop : throw new InvariantException($"A snapshot has a mission stopped by {stop}, which is no cause.");
        var dimension = source.ReadInt32();
        _exhausted = dimension < 0 ? null : dimension < BudgetDimensions.Count && Budget is not null
            ? (BudgetDimension)dimension
            : throw new InvariantException($"A snapshot has a budget used up in dimension {dimension}, which the spec has not.");
        Budget?.Read(source);
        ReadRequests(source);
        _rates.ForEach(rate => rate.Read(source));
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var index = source.ReadInt32();
            if ((uint)index >= (uint)_nodes.Count)
            {
                throw new InvariantException($"A snapshot has what is held for task {index}; there are {_nodes.Count}.");
            }

            _nodes[index].Forgiven = source.ReadInt32();
            _nodes[index].Lives = source.ReadInt32();
            _nodes[index].Held = (HeldPart)source.ReadByte();
        }
    }

    private void ForgetControl()
    {
        (_paused, _stop, _exhausted, _unpaidTask) = (false, StopCause.Cancel, null, null);
        _rates.ForEach(static rate => rate.Forget());
        _requests.Clear();
        foreach (var plan in _plans)
        {
            (plan.Running, plan.Failed, plan.Refused) = (0, 0, 0);
            plan.Parked.Clear();
        }
    }
}
