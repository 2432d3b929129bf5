namespace Voxeltron.Tests.Support.Histories;

/// <summary>What each step does to a state, and whether the answer the client was given fits.</summary>
internal sealed class SearchModel
{
    private readonly Dictionary<(DataKind Kind, string Key), int> _slots = [];
    private readonly ListNumbers _lists = new();
    private readonly Dictionary<ListRead, long> _reads = new(ReferenceEqualityComparer.Instance);

    public SearchModel(IEnumerable<Operation> operations)
    {
        foreach (var step in operations.SelectMany(o => o.Steps))
        {
            _slots.TryAdd((step.Data, step.Key), _slots.Count);
            if (step is ListRead read)
            {
                _reads[read] = _lists.Of(read.Value);
            }
        }
    }

    public SearchState Empty
    {
        get
        {
            var slots = new long[_slots.Count];
            foreach (var ((kind, _), slot) in _slots)
            {
                slots[slot] = kind is DataKind.Register or DataKind.UniqueKey ? SearchState.Absent : 0;
            }

            return new SearchState(slots);
        }
    }

    /// <summary>The state after the operation, unless one of its answers is another than here.</summary>
    /// <param name="refused">The step whose answer does not fit, if one does not.</param>
    public bool TryApply(Operation operation, SearchState state, out SearchState next, out MicroOp? refused)
    {
        var slots = state.Slots;
        foreach (var step in operation.Steps)
        {
            ref var slot = ref slots[_slots[(step.Data, step.Key)]];
            var (after, fits) = Apply(step, slot);
            if (!fits && operation.Outcome == Outcome.Ok)
            {
                (next, refused) = (state, step);
                return false;
            }

            if (after != slot)
            {
                if (ReferenceEquals(slots, state.Slots))
                {
                    slots = (long[])slots.Clone();
                }

                slots[_slots[(step.Data, step.Key)]] = after;
            }
        }

        (next, refused) = (new SearchState(slots), null);
        return true;
    }

    private (long After, bool Fits) Apply(MicroOp step, long now) => step switch
    {
        ListAppend append => (_lists.Append(now, append.Value), true),
        ListRead read => (now, now == _reads[read]),
        RegisterWrite write => (Valued(write.Value), true),
        RegisterRead read => (now, now == (read.Value ?? SearchState.Absent)),
        CounterAdd add => (now + add.Amount, true),
        CounterRead read => (now, now == read.Value),
        UniqueInsert insert => now == SearchState.Absent ? (Valued(insert.Value), insert.Inserted) : (now, !insert.Inserted),
        UniqueDelete delete => (SearchState.Absent, delete.Deleted == (now != SearchState.Absent)),
        UniqueRead read => (now, now == (read.Value ?? SearchState.Absent)),
        _ => throw new ArgumentException($"not a step this model knows: {step}"),
    };

    private static long Valued(long value) => value != SearchState.Absent ? value : throw new ArgumentException("this value stands for absence");

    /// <summary>What a step's object is in a state, for a report.</summary>
    public string Describe(MicroOp step, SearchState state)
    {
        var value = state.Slots[_slots[(step.Data, step.Key)]];
        return $"{Show.Object(step.Data, step.Key)} is " + step.Data switch
        {
            DataKind.List => Show.List(_lists.Elements(value)),
            DataKind.Counter => value.ToString(),
            _ => Show.Value(value == SearchState.Absent ? null : value),
        };
    }
}
