namespace Voxeltron.Tests.Support.Histories;

/// <summary>The objects as an order of operations leaves them, one operation after the other. Keeps what was before, to name staleness.</summary>
internal sealed class ReplayModel
{
    private readonly Dictionary<string, List<long>> _lists = [];
    private readonly Dictionary<string, long> _registers = [];
    private readonly Dictionary<string, HashSet<long>> _pastValues = [];
    private readonly Dictionary<string, long> _counters = [];
    private readonly Dictionary<string, long> _rows = [];

    /// <summary>Applies a step; where its answer is another than the model's, says which anomaly that is and why.</summary>
    public (Anomaly Anomaly, string Why)? Apply(MicroOp step)
    {
        switch (step)
        {
            case ListAppend append:
                List(append.Key).Add(append.Value);
                return null;
            case ListRead read:
                return Compare(read, List(read.Key));
            case RegisterWrite write:
                if (_registers.TryGetValue(write.Key, out var before))
                {
                    (_pastValues.TryGetValue(write.Key, out var past) ? past : _pastValues[write.Key] = []).Add(before);
                }

                _registers[write.Key] = write.Value;
                return null;
            case RegisterRead read:
                return Compare(read);
            case CounterAdd add:
                _counters[add.Key] = _counters.GetValueOrDefault(add.Key) + add.Amount;
                return null;
            case CounterRead read:
                var sum = _counters.GetValueOrDefault(read.Key);
                return read.Value == sum ? null
                    : (read.Value < sum ? Anomaly.CounterTooLow : Anomaly.CounterTooHigh, $"{read}, but it is {sum} here");
            case UniqueInsert insert:
                var free = _rows.TryAdd(insert.Key, insert.Value);
                return free == insert.Inserted ? null
                    : (free ? Anomaly.UnjustifiedConflict : Anomaly.UniqueKeyTwice, $"{insert}, but {(free ? "there is no row" : $"the row is {_rows[insert.Key]}")} here");
            case UniqueDelete delete:
                var deleted = _rows.Remove(delete.Key);
                return deleted == delete.Deleted ? null : (Anomaly.WrongAnswer, $"{delete}, but there is {(deleted ? "a" : "no")} row here");
            case UniqueRead read:
                long? row = _rows.TryGetValue(read.Key, out var value) ? value : null;
                return read.Value == row ? null : (Anomaly.WrongAnswer, $"{read}, but it is {Show.Value(row)} here");
            default:
                throw new ArgumentException($"not a step this model knows: {step}");
        }
    }

    private static (Anomaly, string)? Compare(ListRead read, List<long> list)
    {
        if (list.Count == read.Value.Length && list.SequenceEqual(read.Value))
        {
            return null;
        }

        var stale = read.Value.Length < list.Count && list.Take(read.Value.Length).SequenceEqual(read.Value);
        return (stale ? Anomaly.StaleRead : Anomaly.WrongAnswer, $"{read}, but it is {Show.List(list.ToArray())} here");
    }

    private (Anomaly, string)? Compare(RegisterRead read)
    {
        long? now = _registers.TryGetValue(read.Key, out var value) ? value : null;
        if (read.Value == now)
        {
            return null;
        }

        var stale = read.Value is null || (_pastValues.TryGetValue(read.Key, out var past) && past.Contains(read.Value.Value));
        return (stale ? Anomaly.StaleRead : Anomaly.WrongAnswer, $"{read}, but it is {Show.Value(now)} here");
    }

    private List<long> List(string key) => _lists.TryGetValue(key, out var list) ? list : _lists[key] = [];
}
