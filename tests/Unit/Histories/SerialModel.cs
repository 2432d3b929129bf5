using Voxeltron.Tests.Support.Histories;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>A correct store of one client at a time.</summary>
internal sealed class SerialModel
{
    private readonly Dictionary<string, List<long>> _lists = [];
    private readonly Dictionary<string, long> _registers = [];
    private readonly Dictionary<string, long> _counters = [];
    private readonly Dictionary<string, long> _rows = [];

    /// <summary>Does the step; returns it with its true answer.</summary>
    public MicroOp Answered(MicroOp step)
    {
        switch (step)
        {
            case ListAppend append:
                (_lists.TryGetValue(append.Key, out var list) ? list : _lists[append.Key] = []).Add(append.Value);
                return append;
            case ListRead read:
                return read with { Value = [.. _lists.GetValueOrDefault(read.Key) ?? []] };
            case RegisterWrite write:
                _registers[write.Key] = write.Value;
                return write;
            case RegisterRead read:
                return read with { Value = _registers.TryGetValue(read.Key, out var value) ? value : null };
            case CounterAdd add:
                _counters[add.Key] = _counters.GetValueOrDefault(add.Key) + add.Amount;
                return add;
            case CounterRead read:
                return read with { Value = _counters.GetValueOrDefault(read.Key) };
            case UniqueInsert insert:
                return insert with { Inserted = _rows.TryAdd(insert.Key, insert.Value) };
            case UniqueDelete delete:
                return delete with { Deleted = _rows.Remove(delete.Key) };
            default:
                return ((UniqueRead)step) with { Value = _rows.TryGetValue(step.Key, out var row) ? row : null };
        }
    }

    public FinalState ToFinalState() => new()
    {
        Lists = _lists.ToDictionary(l => l.Key, l => l.Value.ToArray()),
        Registers = new Dictionary<string, long>(_registers),
        Counters = new Dictionary<string, long>(_counters),
        UniqueKeys = new Dictionary<string, long>(_rows),
    };
}
