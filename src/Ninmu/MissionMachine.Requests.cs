namespace Voxeltron.Ninmu;

// What tasks ask for outside, from the budget's side: the worst case is held when an action asks, and settled by what came of it.
public sealed partial class MissionMachine
{
    private readonly SortedDictionary<string, SortedDictionary<long, HeldRequest>> _requests = new(StringComparer.Ordinal);

    /// <summary>The request may leave; where not, the budget did not allow its worst case when it was asked for.</summary>
    public bool IsFunded(string taskKey, long ticket) => FindRequest(taskKey, ticket) is not { IsFunded: false };

    /// <summary>What is held for a request, and what of it is spent whenever it leaves; nothing of one that is not funded, or of no mission with a budget.</summary>
    public (BudgetAmounts Held, BudgetAmounts Sent) HeldFor(string taskKey, long ticket) =>
        FindRequest(taskKey, ticket) is { IsFunded: true } request ? (request.Held, request.Sent) : default;

    private HeldRequest? FindRequest(string taskKey, long ticket) =>
        _requests.TryGetValue(taskKey, out var tickets) && tickets.TryGetValue(ticket, out var request) ? request : null;

    private void Begin(MissionFact.RequestBegan fact)
    {
        var isFunded = Ledger.Short(fact.Need) is null;
        if (isFunded)
        {
            Ledger.Hold(fact.Need);
        }

        if (!_requests.TryGetValue(fact.TaskKey, out var tickets))
        {
            _requests.Add(fact.TaskKey, tickets = []);
        }

        tickets.Add(fact.Ticket, new HeldRequest(isFunded, fact.Need, fact.Sent));
    }

    private void Settle(MissionFact.RequestEnded fact)
    {
        if (!_requests.TryGetValue(fact.TaskKey, out var tickets) || !tickets.Remove(fact.Ticket, out var request))
        {
            return;
        }

        if (tickets.Count == 0)
        {
            _requests.Remove(fact.TaskKey);
        }

        if (request.IsFunded)
        {
            Ledger.Release(request.Held);
            Ledger.Charge(fact.Actual);
        }
    }

    /// <summary>The task has ended, and nobody will say what came of what it asked for: the worst is spent.</summary>
    private void SettleAll(TaskNode node)
    {
        if (Budget is null || !_requests.Remove(node.Key, out var tickets))
        {
            return;
        }

        foreach (var request in tickets.Values)
        {
            if (request.IsFunded)
            {
                Budget.Release(request.Held);
                Budget.Charge(request.Held);
            }
        }
    }

    private void WriteRequests(BinaryWriter target)
    {
        target.Write(_requests.Count);
        foreach (var (task, tickets) in _requests)
        {
            target.Write(task);
            target.Write(tickets.Count);
            foreach (var (ticket, request) in tickets)
            {
                target.Write(ticket);
                target.Write(request.IsFunded);
                Write(target, request.Held);
                Write(target, request.Sent);
            }
        }
    }

    private void ReadRequests(BinaryReader source)
    {
        for (var tasks = source.ReadInt32(); tasks > 0; tasks--)
        {
            var tickets = new SortedDictionary<long, HeldRequest>();
            _requests.Add(source.ReadString(), tickets);
            for (var left = source.ReadInt32(); left > 0; left--)
            {
                tickets.Add(source.ReadInt64(), new HeldRequest(source.ReadBoolean(), ReadAmounts(source), ReadAmounts(source)));
            }
        }
    }

    private static void Write(BinaryWriter target, in BudgetAmounts amounts)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            target.Write(amounts[i]);
        }
    }

    private static BudgetAmounts ReadAmounts(BinaryReader source)
    {
        var amounts = default(BudgetAmounts);
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            amounts[i] = source.ReadInt64();
        }

        return amounts;
    }

    private sealed record HeldRequest(bool IsFunded, BudgetAmounts Held, BudgetAmounts Sent);
}
