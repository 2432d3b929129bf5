namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Judges a history against the total order its log claims: runs the operations one after the other in that order on a
/// model and compares every answer; then asks that the order respects real time, has every acknowledged operation once, no
/// refused one and nothing else. Linear in the history once sorted. Shares no code with the checkers that infer or
/// search: a claimed order that passes here is itself the proof of strict serializability, so the two must agree.
/// </summary>
public static class TotalOrderValidator
{
    public static Verdict Check(History history, IEnumerable<CommitPosition> claimed) => Check(history, claimed, new TotalOrderOptions());

    public static Verdict Check(History history, IEnumerable<CommitPosition> claimed, TotalOrderOptions options)
    {
        var verdict = new Verdict();
        var order = Ordered(history, claimed, verdict);
        AddMissing(history, order, options, verdict);
        if (history.FinalRead is { } final && order.All(p => p.Operation != final))
        {
            order.Add((long.MaxValue, final));
        }

        Replay(order, verdict);
        AddRealtimeViolations(order, verdict);
        return verdict;
    }

    /// <summary>The operations in the claimed order; what is wrong with the claim itself is left out and named.</summary>
    private static List<(long Seq, Operation Operation)> Ordered(History history, IEnumerable<CommitPosition> claimed, Verdict verdict)
    {
        var order = new List<(long Seq, Operation Operation)>();
        var placed = new Dictionary<int, long>();
        long? last = null;
        foreach (var (seq, index) in claimed.OrderBy(p => p.Seq))
        {
            if (seq == last)
            {
                verdict.Add(Anomaly.MalformedOrder, $"seq {seq} is claimed twice");
            }

            last = seq;
            if (index < 0 || index >= history.Operations.Count)
            {
                verdict.Add(Anomaly.MalformedOrder, $"seq {seq} is claimed for operation {index}, which is not in the history");
            }
            else if (!placed.TryAdd(index, seq))
            {
                verdict.Add(Anomaly.DuplicateWrite, $"committed at seq {placed[index]} and again at {seq}", history.Operations[index]);
            }
            else if (history.Operations[index].Outcome == Outcome.Fail)
            {
                verdict.Add(Anomaly.ResurrectedWrite, $"refused, yet committed at seq {seq}", history.Operations[index]);
            }
            else
            {
                order.Add((seq, history.Operations[index]));
            }
        }

        return order;
    }

    private static void AddMissing(History history, List<(long Seq, Operation Operation)> order, TotalOrderOptions options, Verdict verdict)
    {
        var placed = order.Select(p => p.Operation.Index).ToHashSet();
        var unjudged = 0;
        foreach (var operation in history.Operations.Where(o => o.Outcome == Outcome.Ok && o != history.FinalRead && !placed.Contains(o.Index)))
        {
            if (operation.MayChange || options.ReadsHavePlaces)
            {
                verdict.Add(Anomaly.LostWrite, "acknowledged, and nowhere in the claimed order", operation);
            }
            else
            {
                unjudged++;
            }
        }

        if (unjudged > 0)
        {
            verdict.AddUndecided($"{unjudged} transactions that changed nothing have no place in the claimed order");
        }
    }

    private static void Replay(List<(long Seq, Operation Operation)> order, Verdict verdict)
    {
        var model = new ReplayModel();
        foreach (var (seq, operation) in order)
        {
            foreach (var step in operation.Steps)
            {
                if (model.Apply(step) is var (anomaly, why) && operation.Outcome == Outcome.Ok)
                {
                    verdict.Add(anomaly, $"at seq {(seq == long.MaxValue ? "end" : seq)}: {why}", operation);
                }
            }
        }
    }

    /// <summary>From the end, keeping the earliest answered so far: it must not be from before an earlier one's invocation.</summary>
    private static void AddRealtimeViolations(List<(long Seq, Operation Operation)> order, Verdict verdict)
    {
        (long Seq, Operation Operation)? earliest = null;
        for (var i = order.Count - 1; i >= 0; i--)
        {
            var (seq, operation) = order[i];
            if (earliest is var (later, answered) && answered.Precedes(operation))
            {
                verdict.Add(
                    Anomaly.RealtimeViolation,
                    $"{answered.Name} was answered at {answered.End}, before {operation.Name} was invoked at {operation.Invoked}, but has seq {later} to its {seq}",
                    answered,
                    operation);
            }

            if (earliest is not var (_, best) || operation.End < best.End)
            {
                earliest = (seq, operation);
            }
        }
    }
}
