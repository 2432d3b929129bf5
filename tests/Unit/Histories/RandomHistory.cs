using Voxeltron.Tests.Support.Histories;

namespace Voxeltron.Tests.Unit.Histories;

/// <summary>What a random history is made of.</summary>
internal sealed record RandomShape(int Operations, int Processes, int Keys, int MaxSteps, params DataKind[] Kinds)
{
    /// <summary>Of a hundred operations, how many are refused, and how many end unknown.</summary>
    public (int Fail, int Info) Percent { get; init; } = (8, 8);

    /// <summary>One step in how many is at the same instant as the one before it.</summary>
    public int TieOneIn { get; init; } = 4;

    /// <summary>An append to a list of this many elements goes to a new list instead: the reads of a long one are long.</summary>
    public int MaxListLength { get; init; } = int.MaxValue;
}

/// <summary>
/// A strictly serializable history by construction: processes take turns at random to invoke, take effect on one serial
/// model, and be answered. The order in which they took effect is the order a log would claim.
/// </summary>
internal sealed class RandomHistory
{
    private readonly Random _random;
    private readonly RandomShape _shape;
    private readonly SerialModel _model = new();
    private readonly Dictionary<string, int> _lengths = [];
    private readonly List<Operation> _operations = [];
    private readonly List<CommitPosition> _claimed = [];
    private long _now;
    private long _value;

    public RandomHistory(Random random, RandomShape shape)
    {
        (_random, _shape) = (random, shape);
        Run();
        History = new History([.. _operations]);
    }

    public History History { get; }

    public IReadOnlyList<CommitPosition> Claimed => _claimed;

    public FinalState Final => _model.ToFinalState();

    private void Run()
    {
        var open = new (int Operation, bool Applied)?[_shape.Processes];
        while (_operations.Count < _shape.Operations || Array.Exists(open, o => o is not null))
        {
            var process = _random.Next(_shape.Processes);
            _now += _random.Next(_shape.TieOneIn) == 0 ? 0 : 1;
            if (open[process] is not var (index, applied))
            {
                if (_operations.Count < _shape.Operations)
                {
                    open[process] = (_operations.Count, false);
                    _operations.Add(new Operation(_operations.Count, process, _now, Operation.Never, Outcome.Info, Steps()));
                }

                continue;
            }

            var fate = _random.Next(100);
            if (!applied && fate < _shape.Percent.Fail)
            {
                _operations[index] = _operations[index] with { Outcome = Outcome.Fail };
                open[process] = null;
            }
            else if (fate >= 100 - _shape.Percent.Info)
            {
                // Gives up; what it asked may have happened, not, or may happen on the way out.
                if (!applied && _random.Next(2) == 0)
                {
                    Apply(index);
                }

                open[process] = null;
            }
            else if (!applied)
            {
                Apply(index);
                open[process] = (index, true);
            }
            else
            {
                _operations[index] = _operations[index] with { Outcome = Outcome.Ok, Completed = _now };
                open[process] = null;
            }
        }
    }

    private void Apply(int index)
    {
        _operations[index] = _operations[index] with { Steps = [.. _operations[index].Steps.Select(_model.Answered)] };
        _claimed.Add(new CommitPosition(_claimed.Count, index));
    }

    private MicroOp[] Steps() => [.. Enumerable.Range(0, 1 + _random.Next(_shape.MaxSteps)).Select(_ => Step())];

    private MicroOp Step()
    {
        var key = $"{(char)('x' + _random.Next(_shape.Keys))}";
        var write = _random.Next(2) == 0;
        switch (_shape.Kinds[_random.Next(_shape.Kinds.Length)])
        {
            case DataKind.List:
                var length = _lengths.GetValueOrDefault(key);
                key += length / _shape.MaxListLength;
                _lengths[key[..1]] = length + (write ? 1 : 0);
                return write ? new ListAppend(key, ++_value) : new ListRead(key, []);
            case DataKind.Register:
                return write ? new RegisterWrite(key, ++_value) : new RegisterRead(key, null);
            case DataKind.Counter:
                return write ? new CounterAdd(key, _random.Next(-1, 3)) : new CounterRead(key, 0);
            default:
                return _random.Next(4) switch
                {
                    0 or 1 => new UniqueInsert(key, ++_value, false),
                    2 => new UniqueDelete(key, false),
                    _ => new UniqueRead(key, null),
                };
        }
    }
}
