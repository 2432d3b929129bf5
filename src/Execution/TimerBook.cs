using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>
/// What the mission's tasks wait for: a fold over the timers their actions began and the ones that were delivered. A timer is
/// open until an action that consumed it is committed; a cell that is lost in between changes nothing here.
/// </summary>
/// <remarks>Order of delivery: due time, then the order in which the timers began. Both follow from the entries alone.</remarks>
public sealed class TimerBook
{
    private readonly Dictionary<string, TaskTickets> _tasks = new(StringComparer.Ordinal);
    private readonly PriorityQueue<OpenTimer, (long DueUs, long Order)> _due = new();
    private long _order;

    /// <summary>Open timers of all tasks.</summary>
    public int Open { get; private set; }

    /// <summary>The task's <c>on_task</c> was committed and did not end it: a new cell is not given the task again.</summary>
    public bool HasBegun(string taskKey) => _tasks.ContainsKey(taskKey);

    public TicketState Of(string taskKey) => _tasks.TryGetValue(taskKey, out var task) ? new TicketState(task.Last, task.Open.Count) : default;

    /// <exception cref="InvariantException">The task has no such open timer: a bug, or a damaged log.</exception>
    public OpenTimer Find(string taskKey, long ticket) =>
        _tasks.TryGetValue(taskKey, out var task) && task.Open.TryGetValue(ticket, out var timer)
            ? timer
            : throw new InvariantException($"Task '{taskKey}' has no open timer {ticket}.");

    /// <summary>Of the task's open timers, those that are due.</summary>
    public int CountDue(string taskKey, long nowUs)
    {
        var due = 0;
        if (_tasks.TryGetValue(taskKey, out var task))
        {
            foreach (var timer in task.Open.Values)
            {
                due += timer.DueUs <= nowUs ? 1 : 0;
            }
        }

        return due;
    }

    /// <summary>A timer of the task runs out before <paramref name="timeUs"/>.</summary>
    public bool IsOpenBefore(string taskKey, long timeUs)
    {
        if (_tasks.TryGetValue(taskKey, out var task))
        {
            foreach (var timer in task.Open.Values)
            {
                if (timer.DueUs < timeUs)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>A committed action of the task: what it consumed, and what it began.</summary>
    /// <param name="ticket">The timer that was delivered; 0 for <c>on_task</c>.</param>
    /// <param name="nowUs">The event's <c>now</c>, from which delays count.</param>
    public void Acted(string taskKey, long ticket, IReadOnlyList<CellTimer> began, long nowUs)
    {
        if (!_tasks.TryGetValue(taskKey, out var task))
        {
            _tasks.Add(taskKey, task = new TaskTickets());
        }

        if (ticket != 0 && task.Open.Remove(ticket))
        {
            Open--;
        }

        for (var i = 0; i < began.Count; i++)
        {
            var timer = new OpenTimer(taskKey, began[i].Ticket, nowUs + began[i].DelayUs, began[i].Tag);
            task.Open.Add(timer.Ticket, timer);
            task.Last = Math.Max(task.Last, timer.Ticket);
            _due.Enqueue(timer, (timer.DueUs, _order++));
            Open++;
        }
    }

    /// <summary>The task was given a ticket for something that is no timer: the next one has a higher number.</summary>
    public void Took(string taskKey, long ticket)
    {
        var task = _tasks[taskKey];
        task.Last = Math.Max(task.Last, ticket);
    }

    /// <summary>The task ended: nothing it waited for will be delivered.</summary>
    public void Ended(string taskKey)
    {
        if (_tasks.Remove(taskKey, out var task))
        {
            Open -= task.Open.Count;
        }
    }

    /// <summary>The next timer in order, due or not; it stays until an action consumed it or <see cref="Skip"/>.</summary>
    public bool TryPeek(out OpenTimer timer)
    {
        while (_due.TryPeek(out timer!, out _))
        {
            if (_tasks.TryGetValue(timer.TaskKey, out var task) && task.Open.TryGetValue(timer.Ticket, out var open) && ReferenceEquals(open, timer))
            {
                return true;
            }

            _due.Dequeue();
        }

        return false;
    }

    /// <summary>Takes the peeked timer out of the order: its task has no cell now. <see cref="Requeue"/> brings it back.</summary>
    public void Skip(OpenTimer timer)
    {
        if (!_due.TryDequeue(out var head, out _) || !ReferenceEquals(head, timer))
        {
            throw new InvariantException("Only the timer that was peeked can be skipped.");
        }
    }

    /// <summary>The task has a cell again: its skipped timers stand in the order once more. Those that were never skipped are found twice, and the second finding is stale.</summary>
    public void Requeue(string taskKey)
    {
        if (!_tasks.TryGetValue(taskKey, out var task))
        {
            return;
        }

        foreach (var (ticket, timer) in task.Open.OrderBy(static open => open.Key).ToList())
        {
            // A fresh object: what may still be queued of the old one is dropped when it is met.
            var again = timer with { };
            task.Open[ticket] = again;
            _due.Enqueue(again, (again.DueUs, _order++));
        }
    }

    /// <summary>Equal books give equal bytes, whatever was skipped or queued again.</summary>
    public void Write(BinaryWriter target)
    {
        target.Write(_tasks.Count);
        foreach (var (taskKey, task) in _tasks.OrderBy(static task => task.Key, StringComparer.Ordinal))
        {
            target.Write(taskKey);
            target.Write(task.Last);
            target.Write(task.Open.Count);
            foreach (var timer in task.Open.Values.OrderBy(static timer => timer.Ticket))
            {
                target.Write(timer.Ticket);
                target.Write(timer.DueUs);
                target.Write(timer.Tag);
            }
        }
    }

    /// <summary>Takes what <see cref="Write"/> wrote. Timers due at one time come in the order of their tasks' keys then.</summary>
    public void Read(BinaryReader source)
    {
        Clear();
        for (var tasks = source.ReadInt32(); tasks > 0; tasks--)
        {
            var taskKey = source.ReadString();
            var task = new TaskTickets { Last = source.ReadInt64() };
            _tasks.Add(taskKey, task);
            for (var left = source.ReadInt32(); left > 0; left--, Open++)
            {
                var timer = new OpenTimer(taskKey, source.ReadInt64(), source.ReadInt64(), source.ReadString());
                task.Open.Add(timer.Ticket, timer);
                _due.Enqueue(timer, (timer.DueUs, _order++));
            }
        }
    }

    public void Clear()
    {
        (_order, Open) = (0, 0);
        _tasks.Clear();
        _due.Clear();
    }

    private sealed class TaskTickets
    {
        public long Last { get; set; }

        public Dictionary<long, OpenTimer> Open { get; } = [];
    }
}

/// <summary>A timer that was begun and not delivered yet.</summary>
public sealed record OpenTimer(string TaskKey, long Ticket, long DueUs, string Tag);
