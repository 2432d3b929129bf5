using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>
/// What the mission's tasks asked for outside: a fold over the actions that asked, the entries that answered, and the actions that took
/// an answer. A request is open until an action that consumed its answer is committed; a cell that is lost in between changes nothing.
/// </summary>
/// <remarks>
/// <code>
///  action asks ─► Asked ─► http.replied, http.failed, egress.refused, model.replied, model.failed ─► Answered ─► action of event reply ─► gone
///                   └──────────────── the task ends ──────────────────────┴─► gone, what still comes is dropped
/// </code>
/// Order of delivery: the seq of the answer, then the ticket. Both follow from the entries alone.
/// </remarks>
public sealed partial class RequestBook
{
    private readonly Dictionary<string, SortedDictionary<long, OpenRequest>> _tasks = new(StringComparer.Ordinal);
    private readonly PriorityQueue<OpenRequest, (long AnsweredSeq, long Ticket, string Task)> _answered = new();
    private List<(string TaskKey, long Ticket)>? _dropped;

    /// <summary>Open requests of all tasks.</summary>
    public int Open { get; private set; }

    public int OpenOf(string taskKey) => _tasks.TryGetValue(taskKey, out var requests) ? requests.Count : 0;

    /// <summary>Of the task's open requests, those that are answered.</summary>
    public int CountAnswered(string taskKey) => _tasks.TryGetValue(taskKey, out var requests) ? requests.Values.Count(static one => one.IsAnswered) : 0;

    public bool IsOpen(string taskKey, long ticket) => _tasks.TryGetValue(taskKey, out var requests) && requests.ContainsKey(ticket);

    /// <exception cref="InvariantException">The task has no such open request: a bug, or a damaged log.</exception>
    public OpenRequest Find(string taskKey, long ticket) =>
        _tasks.TryGetValue(taskKey, out var requests) && requests.TryGetValue(ticket, out var request)
            ? request
            : throw new InvariantException($"Task '{taskKey}' has no open request {ticket}.");

    /// <summary>Those nobody answered yet, in the order they were asked: whoever takes the mission over sends them again.</summary>
    public IEnumerable<OpenRequest> Unanswered => _tasks.Values.SelectMany(static requests => requests.Values)
        .Where(static request => !request.IsAnswered).OrderBy(static request => request.AskedSeq).ThenBy(static request => request.Ticket);

    /// <param name="askedSeq">The action whose payload has it whole.</param>
    public void Asked(string taskKey, in BegunRequest request, long askedSeq)
    {
        if (!_tasks.TryGetValue(taskKey, out var requests))
        {
            _tasks.Add(taskKey, requests = []);
        }

        requests.Add(request.Ticket, new OpenRequest(taskKey, request.Ticket, askedSeq, request.Tag) { IsModel = request.IsModel });
        Open++;
    }

    /// <param name="answeredSeq">The entry that says what came of it, and has the answer.</param>
    /// <param name="code">Why there is none; null when there is.</param>
    /// <exception cref="InvariantException">It is not open, or was answered: no owner writes that.</exception>
    public void Answered(string taskKey, long ticket, long answeredSeq, string? code)
    {
        var request = Find(taskKey, ticket);
        if (request.IsAnswered)
        {
            throw new InvariantException($"Request {ticket} of task '{taskKey}' was answered at seq {request.AnsweredSeq}.");
        }

        var answered = request with { AnsweredSeq = answeredSeq, Code = code };
        _tasks[taskKey][ticket] = answered;
        Enqueue(answered);
    }

    /// <summary>An action that took the answer is committed.</summary>
    public void Consumed(string taskKey, long ticket)
    {
        if (_tasks.TryGetValue(taskKey, out var requests) && requests.Remove(ticket))
        {
            Open--;
            if (requests.Count == 0)
            {
                _tasks.Remove(taskKey);
            }
        }
    }

    /// <summary>The task ended: nothing it asked for will be delivered.</summary>
    public void Ended(string taskKey)
    {
        if (_tasks.Remove(taskKey, out var requests))
        {
            Open -= requests.Count;
            foreach (var request in requests.Values)
            {
                if (!request.IsAnswered)
                {
                    (_dropped ??= []).Add((taskKey, request.Ticket));
                }
            }
        }
    }

    /// <summary>Requests under way that nobody waits for any more, each told once.</summary>
    public IReadOnlyList<(string TaskKey, long Ticket)> DrainDropped()
    {
        var dropped = _dropped ?? [];
        _dropped = null;
        return dropped;
    }

    /// <summary>The next answer in order; it stays until an action consumed it or <see cref="Skip"/>.</summary>
    public bool TryPeek(out OpenRequest request)
    {
        while (_answered.TryPeek(out request!, out _))
        {
            if (_tasks.TryGetValue(request.TaskKey, out var requests) && requests.TryGetValue(request.Ticket, out var open) && ReferenceEquals(open, request))
            {
                return true;
            }

            _answered.Dequeue();
        }

        return false;
    }

    /// <summary>Takes the peeked answer out of the order: its task has no cell now. <see cref="Requeue"/> brings it back.</summary>
    public void Skip() => _answered.Dequeue();

    /// <summary>The task has a cell again.</summary>
    public void Requeue(string taskKey)
    {
        if (!_tasks.TryGetValue(taskKey, out var requests))
        {
            return;
        }

        foreach (var request in requests.Values.Where(static one => one.IsAnswered).ToList())
        {
            // A fresh object: what may still be queued of the old one is dropped when it is met.
            var again = request with { };
            requests[request.Ticket] = again;
            Enqueue(again);
        }
    }

    /// <summary>Equal books give equal bytes, whatever was skipped or queued again.</summary>
    public void Write(BinaryWriter target)
    {
        target.Write(_tasks.Count);
        foreach (var (taskKey, requests) in _tasks.OrderBy(static task => task.Key, StringComparer.Ordinal))
        {
            target.Write(taskKey);
            target.Write(requests.Count);
            foreach (var request in requests.Values)
            {
                target.Write(request.Ticket);
                target.Write(request.AskedSeq);
                target.Write(request.AnsweredSeq);
                target.Write(request.Tag);
                target.Write(request.Code ?? "");
            }
        }
    }

    /// <summary>Takes what <see cref="Write"/> wrote.</summary>
    public void Read(BinaryReader source)
    {
        Clear();
        for (var tasks = source.ReadInt32(); tasks > 0; tasks--)
        {
            var taskKey = source.ReadString();
            var requests = new SortedDictionary<long, OpenRequest>();
            _tasks.Add(taskKey, requests);
            for (var left = source.ReadInt32(); left > 0; left--, Open++)
            {
                var (ticket, asked, answered, tag, code) = (source.ReadInt64(), source.ReadInt64(), source.ReadInt64(), source.ReadString(), source.ReadString());
                var request = new OpenRequest(taskKey, ticket, asked, tag) { AnsweredSeq = answered, Code = code.Length == 0 ? null : code };
                requests.Add(ticket, request);
                if (request.IsAnswered)
                {
                    Enqueue(request);
                }
            }
        }
    }

    public void Clear()
    {
        Open = 0;
        _tasks.Clear();
        _answered.Clear();
        _dropped = null;
    }

    private void Enqueue(OpenRequest request) => _answered.Enqueue(request, (request.AnsweredSeq, request.Ticket, request.TaskKey));
}

/// <summary>A request as the fold keeps it; what was asked and what came back stand in the log.</summary>
/// <param name="AskedSeq">The action that asked.</param>
/// <param name="Tag">What the guest wants to be told with the answer.</param>
public sealed record OpenRequest(string TaskKey, long Ticket, long AskedSeq, string Tag)
{
    /// <summary>The entry with the answer; 0 before.</summary>
    public long AnsweredSeq { get; init; }

    /// <summary>Why there is no answer; null where there is one, and before.</summary>
    public string? Code { get; init; }

    public bool IsAnswered => AnsweredSeq != 0;

    /// <summary>A model was asked, not a place.</summary>
    public bool IsModel { get; init; }
}
