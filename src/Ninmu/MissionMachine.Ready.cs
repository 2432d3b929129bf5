namespace Voxeltron.Ninmu;

public sealed partial class MissionMachine
{
    /// <summary>Decisions handed out at once: bounds what a host writes before it lets others have their turn.</summary>
    public const int DecisionBatch = 256;

    // Entries go stale when a task moves on; they are dropped when met, so each is handled once.
    private readonly PriorityQueue<TaskNode, long> _ready = new();
    private readonly PriorityQueue<TaskNode, (long TimeUs, int Index)> _retries = new();
    private readonly PriorityQueue<TaskNode, (long TimeUs, int Index)> _deadlines = new();
    private readonly Queue<TaskNode> _pending = new();

    /// <summary>
    /// Hands out, of the tasks that may start at <paramref name="nowUs"/>, the one created first of those with the highest priority: an
    /// item's chain goes before the next item's. It is not handed out again unless dispatched and aborted, or <see cref="Returned"/>.
    /// </summary>
    public bool TryTakeReady(long nowUs, out ReadyTask task)
    {
        if (FirstReady(nowUs) is { } queue)
        {
            var node = queue.Dequeue();
            node.Queued = false;
            node.Taken = true;
            if (!node.Plan.Profile.Restarts.IsClosed)
            {
                node.Plan.Profile.Taken = node;
            }

            Work++;
            task = Describe(node);
            return true;
        }

        task = null!;
        return false;
    }

    /// <summary>Whether <see cref="TryTakeReady"/> would hand one out.</summary>
    public bool HasReady(long nowUs) => FirstReady(nowUs) is not null;

    /// <summary>The queue whose first task may start now and goes before those of the others; null when none may.</summary>
    private PriorityQueue<TaskNode, long>? FirstReady(long nowUs)
    {
        var first = First(nowUs);
        return first is not null && MayBegin && AttemptShort(first.Peek()) is null ? first : null;
    }

    /// <summary>The same, were the mission to go on and its budget without bounds.</summary>
    private PriorityQueue<TaskNode, long>? First(long nowUs)
    {
        while (_retries.TryPeek(out var due, out var at) && at.TimeUs <= nowUs)
        {
            _retries.Dequeue();
            Work++;
            if (IsRetryOf(due, at.TimeUs))
            {
                Queue(due);
            }
        }

        var first = IsFirstStartable(_ready, nowUs) ? _ready : null;
        foreach (var profile in _held)
        {
            if (profile.Taken is not null || !profile.Restarts.MayDispatch(nowUs))
            {
                continue;
            }

            profile.IsDue = true;
            first = Earlier(first, profile.Parked, nowUs);
        }

        foreach (var rate in _rates)
        {
            if (rate.MayDispatch(nowUs))
            {
                rate.IsDue = true;
                first = Earlier(first, rate.Parked, nowUs);
            }
        }

        foreach (var plan in _bounded)
        {
            first = plan.HasRoom ? Earlier(first, plan.Parked, nowUs) : first;
        }

        return first;
    }

    private PriorityQueue<TaskNode, long>? Earlier(PriorityQueue<TaskNode, long>? first, PriorityQueue<TaskNode, long> other, long nowUs) =>
        IsFirstStartable(other, nowUs) && (first is null || other.Peek().Order < first.Peek().Order) ? other : first;

    /// <summary>Drops what is stale, and parks what is held, until the queue's first may start.</summary>
    private bool IsFirstStartable(PriorityQueue<TaskNode, long> queue, long nowUs)
    {
        while (queue.TryPeek(out var node, out _))
        {
            var waits = node.State == TaskState.Backoff && node.RetryAtUs > nowUs;
            var isStartable = node.IsStartable && !waits && !node.Taken && !node.Overdue && node.DeadlineUs > nowUs && MayPass(node);
            var place = isStartable ? PlaceOf(node, queue, nowUs) : null;
            if (place == queue)
            {
                return true;
            }

            queue.Dequeue();
            Work++;
            if (place is not null)
            {
                place.Enqueue(node, node.Order);
            }
            else
            {
                node.Queued = false;
            }
        }

        return false;
    }

    /// <summary>Gives back a task that was taken and could not be dispatched.</summary>
    public void Returned(string taskKey)
    {
        var node = Find(taskKey);
        if (node.Taken)
        {
            node.Taken = false;
            node.Plan.Profile.Taken = node.Plan.Profile.Taken == node ? null : node.Plan.Profile.Taken;
            WatchDeadline(node);
            Queue(node);
        }
    }

    /// <summary>Where a ready task stands: in the queue it was met in, or among those that wait for the same thing.</summary>
    private PriorityQueue<TaskNode, long> PlaceOf(TaskNode node, PriorityQueue<TaskNode, long> queue, long nowUs)
    {
        var plan = node.Plan;
        if (!plan.HasRoom)
        {
            Keep(node, $"{plan.Spec.MaxParallel} of {plan.Spec.Id} at once");
            return plan.Parked;
        }

        if (!plan.Profile.Restarts.IsClosed && (plan.Profile.Taken is not null || !plan.Profile.Restarts.MayDispatch(nowUs)))
        {
            Keep(node, $"restarts of profile {plan.Spec.Profile.Name}");
            return plan.Profile.Parked;
        }

        if (plan.Rate is { } rate && !rate.MayDispatch(nowUs))
        {
            Keep(node, $"rate {rate.Name}");
            return rate.Parked;
        }

        return queue;
    }

    private void Keep(TaskNode node, string by)
    {
        if (node.KeptBy != by)
        {
            node.KeptBy = by;
            Touch(node, node.TimeModifiedUs);
        }
    }

    /// <summary>
    /// What must be written now, at most <see cref="DecisionBatch"/> at a time. The same answer comes again until the
    /// facts are applied; skips cascade as theirs are. Empty means nothing is due.
    /// </summary>
    public IReadOnlyList<Decision> Decide(long nowUs)
    {
        if (BudgetDecision(nowUs) is { } budget)
        {
            return [budget];
        }

        if (nowUs >= _deadlineUs && !_cancelled && !IsOver)
        {
            return [new Decision.Expire()];
        }

        CollectOverdue(nowUs);
        while (_pending.TryPeek(out var head) && DecisionFor(head) is null)
        {
            _pending.Dequeue().Pending = false;
            Work++;
        }

        if (_pending.Count == 0)
        {
            return IsOver && _ended is null ? [new Decision.Complete(EndStatus.Word(), Reason)] : [];
        }

        var decisions = new List<Decision>(Math.Min(_pending.Count, DecisionBatch));
        foreach (var node in _pending)
        {
            Work++;
            if (DecisionFor(node) is { } decision)
            {
                decisions.Add(decision);
                if (decisions.Count == DecisionBatch)
                {
                    break;
                }
            }
        }

        return decisions;
    }

    /// <summary>The earliest retry, deadline or end of a hold; null when only facts can change anything.</summary>
    public long? NextWakeUs
    {
        get
        {
            while (_retries.TryPeek(out var node, out var at) && !IsRetryOf(node, at.TimeUs))
            {
                _retries.Dequeue();
                Work++;
            }

            while (_deadlines.TryPeek(out var node, out var at) && !HasOpenDeadline(node, at.TimeUs))
            {
                _deadlines.Dequeue();
                Work++;
            }

            var wake = Math.Min(
                _retries.TryPeek(out _, out var retry) ? retry.TimeUs : long.MaxValue,
                _deadlines.TryPeek(out _, out var deadline) ? deadline.TimeUs : long.MaxValue);
            wake = Math.Min(wake, NextTryUs());
            wake = Math.Min(wake, NextRateUs());
            wake = _cancelled || IsOver ? wake : Math.Min(wake, _deadlineUs);
            wake = Math.Min(wake, Gates.NextExpiryUs ?? long.MaxValue);
            return wake == long.MaxValue ? null : wake;
        }
    }

    private void CollectOverdue(long nowUs)
    {
        while (_deadlines.TryPeek(out var node, out var at) && at.TimeUs <= nowUs)
        {
            _deadlines.Dequeue();
            Work++;
            if (HasOpenDeadline(node, at.TimeUs))
            {
                node.Overdue = true;
                Pend(node);
            }
        }
    }

    private void Pend(TaskNode node)
    {
        if (!node.Pending)
        {
            node.Pending = true;
            _pending.Enqueue(node);
        }
    }

    private static Decision? DecisionFor(TaskNode node) => node.State switch
    {
        TaskState.Doomed => new Decision.Skip(node.Key, node.Code!),
        TaskState.Exhausted => new Decision.Fail(node.Key, node.Attempt, node.Code!),
        TaskState.Ready or TaskState.Backoff or TaskState.Running when node.Overdue => new Decision.Fail(node.Key, node.Attempt, "deadline_exceeded"),
        _ => null,
    };

    // A handler that runs, or is about to, is not cut here: fuel and watchdog bound it. Its deadline is judged again
    // if it aborts, waits or is given back.
    private static bool HasOpenDeadline(TaskNode node, long timeUs) => node.DeadlineUs == timeUs && (node.IsStartable || node.Waits) && !node.Overdue && !node.Taken;

    private static bool IsRetryOf(TaskNode node, long timeUs) => node.State == TaskState.Backoff && node.RetryAtUs == timeUs;

    private void WatchDeadline(TaskNode node)
    {
        if (node.DeadlineUs != long.MaxValue)
        {
            _deadlines.Enqueue(node, (node.DeadlineUs, node.Index));
        }
    }

    private void Queue(TaskNode node)
    {
        Work++;
        if (!IsHeldByGate(node) && !node.Queued)
        {
            node.Queued = true;
            node.KeptBy = null;
            _ready.Enqueue(node, node.Order);
        }
    }
}
