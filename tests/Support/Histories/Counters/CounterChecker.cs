namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Bounds on counters: a read shows at least what was surely added before it and at most what can have been. Sound and
/// fast, not complete (two reads may each be in bounds and contradict one another): <see cref="HistoryChecker"/> searches
/// besides, where the history is small enough.
/// </summary>
public static class CounterChecker
{
    public static Verdict Check(History history)
    {
        var verdict = new Verdict();
        foreach (var key in history.Operations.SelectMany(o => o.Steps).OfType<CounterRead>().Select(r => r.Key).Distinct())
        {
            Check(history, key, verdict);
        }

        return verdict;
    }

    private static void Check(History history, string key, Verdict verdict)
    {
        // A transaction's adds to one counter count at once: only their sum can be seen.
        var sums = history.Operations
            .Where(o => o.Outcome != Outcome.Fail)
            .Select(o => (Operation: o, Sum: o.Steps.OfType<CounterAdd>().Where(a => a.Key == key).Sum(a => a.Amount)))
            .Where(s => s.Sum != 0)
            .ToArray();
        var answered = new RunningSums(sums.Where(s => s.Operation.Outcome == Outcome.Ok).Select(s => (s.Operation.End, s.Sum)));
        var invoked = new RunningSums(sums.Select(s => (s.Operation.Invoked, s.Sum)));
        var ownSums = sums.ToDictionary(s => s.Operation.Index, s => s.Sum);

        foreach (var operation in history.Operations.Where(o => o.Outcome == Outcome.Ok))
        {
            long own = 0;
            foreach (var step in operation.Steps.Where(s => s.Data == DataKind.Counter && s.Key == key))
            {
                if (step is CounterAdd add)
                {
                    own += add.Amount;
                    continue;
                }

                // Of what was invoked by the read's end, what was answered before its begin is surely in it; the rest may be,
                // its own adds excepted, which are in it so far as it had come.
                var read = (CounterRead)step;
                var (surelyUp, surelyDown) = answered.Before(operation.Invoked);
                var (maybeUp, maybeDown) = invoked.Before(operation.End + 1);
                var ownSum = ownSums.GetValueOrDefault(operation.Index);
                var least = surelyUp + maybeDown - Math.Min(ownSum, 0) + own;
                var most = surelyDown + maybeUp - Math.Max(ownSum, 0) + own;
                if (read.Value < least || read.Value > most)
                {
                    var suspects = sums.Where(s => s.Operation != operation && (read.Value < least ? s.Operation.Precedes(operation) : !operation.Precedes(s.Operation)));
                    verdict.Add(
                        read.Value < least ? Anomaly.CounterTooLow : Anomaly.CounterTooHigh,
                        $"{key} was between {least} and {most} while {operation.Name} read {read.Value}",
                        [.. suspects.Select(s => s.Operation).OrderBy(o => o.Index).TakeLast(10), operation]);
                }
            }
        }
    }

    /// <summary>Sums of positive and of negative amounts up to an instant.</summary>
    private sealed class RunningSums
    {
        private readonly long[] _instants;
        private readonly (long Up, long Down)[] _sums;

        public RunningSums(IEnumerable<(long Instant, long Amount)> amounts)
        {
            var ordered = amounts.OrderBy(a => a.Instant).ToArray();
            _instants = [.. ordered.Select(a => a.Instant)];
            _sums = new (long, long)[ordered.Length + 1];
            for (var i = 0; i < ordered.Length; i++)
            {
                _sums[i + 1] = (_sums[i].Up + Math.Max(ordered[i].Amount, 0), _sums[i].Down + Math.Min(ordered[i].Amount, 0));
            }
        }

        public (long Up, long Down) Before(long instant)
        {
            var (low, high) = (0, _instants.Length);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = _instants[middle] >= instant ? (low, middle) : (middle + 1, high);
            }

            return _sums[low];
        }
    }
}
