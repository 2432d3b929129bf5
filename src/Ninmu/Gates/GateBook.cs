using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// The gates of one mission, as a fold over its entries: no clock, no randomness, no I/O.
/// <code>
///            ┌─ quorum of different people, none of whom asked ─► Approved ─► (of a task) dispatched, kept for later attempts
///  Open ─────┼─ one denial ─────────────────────────────────────► Denied
///   │ ▲      ├─ what it is about has changed, or its task ended ► Voided
///   │ │      └─ its time is over, on_expiry deny ───────────────► Expired
///   └─┴── its time is over, on_expiry escalate: Escalated, which is open in every other respect
/// </code>
/// </summary>
/// <remarks>
/// Nothing but <see cref="Decide"/> approves, and that refuses whatever comes at or after the gate's time: a gate that nobody looked at
/// lets nothing through. Gates that ended are forgotten once nobody can ask for them: an approval of a task is kept until that task ends,
/// the answer to a cell until the cell has taken it.
/// </remarks>
public sealed partial class GateBook
{
    private readonly Dictionary<long, Gate> _gates = [];

    // The one gate of a task, open or approved; and gates cells wait for, answered ones until they were told.
    private readonly Dictionary<string, long> _ofTask = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedDictionary<long, long>> _ofCell = new(StringComparer.Ordinal);

    // Stale entries are dropped when met.
    private readonly PriorityQueue<long, (long TimeUs, long Seq)> _expiries = new();
    private readonly SortedDictionary<long, Gate> _changed = [];

    /// <summary>Nothing is kept: no gate is open, no approval stands, no answer waits.</summary>
    public bool IsEmpty => _gates.Count == 0;

    public Gate? Find(long openedSeq) => _gates.GetValueOrDefault(openedSeq);

    /// <summary>The gate before the task: open, or approved.</summary>
    public Gate? OfTask(string taskKey) => _ofTask.TryGetValue(taskKey, out var seq) ? _gates[seq] : null;

    /// <summary>The gate a cell of the task asked for under that ticket.</summary>
    public Gate? OfTicket(string taskKey, long ticket) => _ofCell.TryGetValue(taskKey, out var tickets) && tickets.TryGetValue(ticket, out var seq) ? _gates[seq] : null;

    /// <summary>Gates a task's cell waits for, open or answered and not told.</summary>
    public int WaitedFor(string taskKey) => _ofCell.TryGetValue(taskKey, out var tickets) ? tickets.Count : 0;

    /// <summary>The first open gate a task's cell waits for; null when there is none.</summary>
    public Gate? FirstOpen(string taskKey) => _ofCell.TryGetValue(taskKey, out var tickets)
        ? tickets.Values.Select(seq => _gates[seq]).FirstOrDefault(static gate => gate.IsOpen)
        : null;

    /// <summary>Opened gates whose task or cell waits, in order.</summary>
    public IEnumerable<Gate> All => _gates.Values.OrderBy(static gate => gate.OpenedSeq);

    /// <summary>The task may begin: people approved it, with this module.</summary>
    public bool IsApproved(string taskKey, ModuleDigest module) => OfTask(taskKey) is { Status: GateStatus.Approved } gate && gate.Module == module;

    public void Open(Gate gate)
    {
        Require(!_gates.ContainsKey(gate.OpenedSeq) && gate.Status == GateStatus.Open && gate.Approvals.Count == 0, gate.OpenedSeq, "opened");
        if (gate.Ticket == 0)
        {
            Require(!_ofTask.ContainsKey(gate.TaskKey), gate.OpenedSeq, "opened: its task has one");
        }
        else
        {
            Require(OfTicket(gate.TaskKey, gate.Ticket) is null, gate.OpenedSeq, "opened: its ticket has one");
        }

        Keep(gate);
        Put(gate);
    }

    /// <summary>Why a decision would not count now, by code; null when it would.</summary>
    /// <param name="timeUs">Of the entry that brought it.</param>
    public string? Refusal(long openedSeq, GateVote vote, long timeUs)
    {
        if (Find(openedSeq) is not { IsOpen: true } gate || gate.ExpiresUs <= timeUs)
        {
            return GateCodes.NotOpen;
        }

        return vote.Digest != gate.Digest ? GateCodes.Changed
            : !gate.Rule.Roles.Contains(vote.Role) ? GateCodes.Role
            : gate.Requesters.Contains(vote.Principal) ? GateCodes.OwnRequest
            : gate.Rule.Approvers.Count > 0 && vote.Approver is null ? GateCodes.SignatureRequired
            : gate.Rule.Approvers.Count > 0 && !gate.Rule.Approvers.Contains(vote.Approver!) ? GateCodes.Approver
            : gate.Approvals.Any(vote.IsOfSamePerson) ? GateCodes.AlreadyDecided
            : null;
    }

    /// <summary>Whether this approval would be the last one needed.</summary>
    public bool WouldApprove(long openedSeq, GateVote vote) => vote.Approves && Find(openedSeq) is { } gate && gate.Approvals.Count + 1 >= gate.Rule.Quorum;

    /// <summary>The gate as it would be with a decision counted that <see cref="Refusal"/> lets pass.</summary>
    public Gate Preview(long openedSeq, GateVote vote)
    {
        var gate = _gates[openedSeq];
        return !vote.Approves ? gate with { Denial = vote, Status = GateStatus.Denied }
            : gate with { Approvals = [.. gate.Approvals, vote], Status = gate.Approvals.Count + 1 >= gate.Rule.Quorum ? GateStatus.Approved : gate.Status };
    }

    /// <summary>A decision that counts.</summary>
    /// <param name="seq">The entry that says so.</param>
    /// <param name="submittedUs">When the decision came.</param>
    /// <returns>The gate as it is now.</returns>
    /// <exception cref="InvariantException">It does not count: a bug, or a host that let through what no quorum approved.</exception>
    public Gate Decide(long openedSeq, GateVote vote, long submittedUs, long seq, long timeUs)
    {
        if (Refusal(openedSeq, vote, submittedUs) is { } refusal)
        {
            throw new InvariantException($"A decision of {vote.By} on gate {openedSeq} cannot count: {refusal}.");
        }

        var gate = Preview(openedSeq, vote);
        return gate.IsOpen ? Put(gate) : End(gate, gate.Status, null, seq, timeUs);
    }

    public Gate Void(long openedSeq, string code, long seq, long timeUs)
    {
        Require(Find(openedSeq) is { } gate && (gate.IsOpen || (gate.Status == GateStatus.Approved && gate.Ticket == 0)), openedSeq, "voided");
        return End(_gates[openedSeq], GateStatus.Voided, code, seq, timeUs);
    }

    /// <summary>The gate whose time was over first; null when none is due.</summary>
    public Gate? Due(long nowUs) => NextExpiryUs <= nowUs ? _gates[_expiries.Peek()] : null;

    /// <summary>When the time of an open gate is over next. Unix microseconds.</summary>
    public long? NextExpiryUs
    {
        get
        {
            while (_expiries.TryPeek(out var seq, out var at))
            {
                if (Find(seq) is { IsOpen: true } gate && gate.ExpiresUs == at.TimeUs)
                {
                    return at.TimeUs;
                }

                _expiries.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Its time is over: it is denied by nobody, or goes to somebody else.</summary>
    public Gate Expire(long openedSeq, bool escalates, long seq, long timeUs)
    {
        Require(Find(openedSeq) is { IsOpen: true } gate && gate.ExpiresUs <= timeUs && gate.Rule.Escalates == escalates, openedSeq, escalates ? "escalated" : "expired");
        var due = _gates[openedSeq];
        return escalates ? Put(due with { Status = GateStatus.Escalated }) : End(due, GateStatus.Expired, null, seq, timeUs);
    }

    /// <summary>The cell was told what came of its gate.</summary>
    public void Told(string taskKey, long ticket)
    {
        if (_ofCell.TryGetValue(taskKey, out var tickets) && tickets.Remove(ticket, out var seq))
        {
            _gates.Remove(seq);
            if (tickets.Count == 0)
            {
                _ofCell.Remove(taskKey);
            }
        }
    }

    /// <summary>The task ended: what it waited for is asked no more.</summary>
    public void Ended(string taskKey, long timeUs)
    {
        if (_ofTask.Remove(taskKey, out var before))
        {
            Leave(before, timeUs);
        }

        if (_ofCell.Remove(taskKey, out var tickets))
        {
            foreach (var seq in tickets.Values)
            {
                Leave(seq, timeUs);
            }
        }
    }

    /// <summary>Latest state of every gate that changed since the last call, by the entry that opened it.</summary>
    public IReadOnlyList<Gate> DrainChanges()
    {
        if (_changed.Count == 0)
        {
            return [];
        }

        var changed = _changed.Values.ToList();
        _changed.Clear();
        return changed;
    }

    private void Keep(Gate gate)
    {
        if (gate.Ticket == 0)
        {
            _ofTask.Add(gate.TaskKey, gate.OpenedSeq);
            return;
        }

        if (!_ofCell.TryGetValue(gate.TaskKey, out var tickets))
        {
            _ofCell.Add(gate.TaskKey, tickets = []);
        }

        tickets.Add(gate.Ticket, gate.OpenedSeq);
    }

    private Gate Put(Gate gate)
    {
        _gates[gate.OpenedSeq] = _changed[gate.OpenedSeq] = gate;
        if (gate.IsOpen && gate.ExpiresUs is { } us)
        {
            _expiries.Enqueue(gate.OpenedSeq, (us, gate.OpenedSeq));
        }

        return gate;
    }

    private Gate End(Gate gate, GateStatus status, string? code, long seq, long timeUs)
    {
        var ended = Put(gate with { Status = status, Code = code, EndedSeq = seq, EndedUs = timeUs });
        if (ended.Ticket == 0 && status != GateStatus.Approved)
        {
            _ofTask.Remove(ended.TaskKey);
            _gates.Remove(ended.OpenedSeq);
        }

        return ended;
    }

    private void Leave(long seq, long timeUs)
    {
        if (_gates.Remove(seq, out var gate) && gate.IsOpen)
        {
            _changed[seq] = gate with { Status = GateStatus.Voided, Code = GateCodes.TaskEnded, EndedUs = timeUs };
        }
    }

    private static void Require(bool possible, long openedSeq, string what)
    {
        if (!possible)
        {
            throw new InvariantException($"Gate {openedSeq} cannot be {what} now.");
        }
    }
}
