namespace Voxeltron.Tests.Support.Histories;

/// <summary>
/// Looks for an order of operations that respects real time and explains every answer (Wing and Gong 1993), remembering
/// which sets of operations were already placed with which state behind them (Lowe 2017). Exponential at worst in how many
/// operations overlap: for small windows.
/// <para>
/// Nothing is lost by these: an operation of unknown outcome need not be placed at all, is tried after the acknowledged
/// ones, and is left out if nobody read what it wrote, since its absence could disturb nobody; an acknowledged one that
/// changes nothing, once it fits, is placed there and nowhere else is tried, since from any order that works it can be
/// moved to here.
/// </para>
/// </summary>
internal sealed class LinearizabilitySearch
{
    private readonly Operation[] _operations;
    private readonly SearchModel _model;
    // What is still to be placed, in order of time: the acknowledged, with their answers; and the unknown.
    private readonly Entry _head = new(-1, isInvocation: false);
    private readonly Entry _unknown = new(-1, isInvocation: false);
    private readonly Stack<(Entry Entry, SearchState Before)> _placed = new();
    private readonly HashSet<(PlacedSet Placed, SearchState State)> _seen = [];
    private readonly PlacedSet _current;
    private int _unplaced;

    /// <param name="operations">Acknowledged ones and ones of unknown outcome.</param>
    public LinearizabilitySearch(IReadOnlyList<Operation> operations)
    {
        _operations = [.. NeededOperations.Of(operations)];
        _model = new SearchModel(_operations);
        _current = new PlacedSet(new ulong[(_operations.Length + 63) / 64]);
        _unplaced = _operations.Count(o => o.Outcome == Outcome.Ok);
        Link();
    }

    /// <summary>The longest order found, in whole if the outcome is linearizable; and the state behind it.</summary>
    public (Operation[] Order, SearchState State) Longest { get; private set; } = ([], default);

    public SearchModel Model => _model;

    /// <param name="maxSteps">How many placements may be tried.</param>
    public SearchOutcome Run(long maxSteps)
    {
        var state = _model.Empty;
        Longest = ([], state);
        var entry = _head.Next;
        while (_unplaced > 0)
        {
            // Past the last that can be next: an answer among the acknowledged, an invocation after it among the unknown.
            if (entry is { IsInvocation: true } && !(IsUnknown(entry) && _operations[entry.Operation].Invoked > FirstAnswer()))
            {
                if (maxSteps-- == 0)
                {
                    return SearchOutcome.Undecided;
                }

                entry = TryPlace(entry, ref state) ? _head.Next : After(entry);
                continue;
            }

            if (entry is { IsInvocation: false } && entry != Tail && _unknown.Next is { } unknown)
            {
                entry = unknown;
                continue;
            }

            entry = Backtrack(ref state);
            if (entry is null)
            {
                return SearchOutcome.NotLinearizable;
            }
        }

        return SearchOutcome.Linearizable;
    }

    private bool IsUnknown(Entry entry) => _operations[entry.Operation].Outcome == Outcome.Info;

    /// <summary>While something acknowledged is unplaced there is an answer in the list; what was invoked after it cannot be next.</summary>
    private long FirstAnswer()
    {
        var entry = _head.Next;
        while (entry!.IsInvocation)
        {
            entry = entry.Next;
        }

        return _operations[entry.Operation].End;
    }

    private static Entry After(Entry entry) => entry.Next ?? Tail;

    private bool TryPlace(Entry entry, ref SearchState state)
    {
        if (!_model.TryApply(_operations[entry.Operation], state, out var next, out _))
        {
            return false;
        }

        _current.Flip(entry.Operation);
        if (_seen.Contains((_current, next)))
        {
            _current.Flip(entry.Operation);
            return false;
        }

        // A copy: the set remembered must not change with the current one.
        _seen.Add((_current.Copy(), next));

        _placed.Push((entry, state));
        state = next;
        entry.Unlink();
        _unplaced -= _operations[entry.Operation].Outcome == Outcome.Ok ? 1 : 0;
        if (_placed.Count > Longest.Order.Length)
        {
            Longest = ([.. _placed.Reverse().Select(p => _operations[p.Entry.Operation])], state);
        }

        return true;
    }

    /// <summary>Takes back placements until one is found that had an alternative; returns where to go on, or null at the end.</summary>
    private Entry? Backtrack(ref SearchState state)
    {
        while (_placed.TryPop(out var last))
        {
            var operation = _operations[last.Entry.Operation];
            state = last.Before;
            last.Entry.Relink();
            _current.Flip(last.Entry.Operation);
            _unplaced += operation.Outcome == Outcome.Ok ? 1 : 0;
            if (operation.MayChange)
            {
                return After(last.Entry);
            }
        }

        return null;
    }

    /// <summary>Stands for the end of the list where null means "nothing left to try".</summary>
    private static Entry Tail { get; } = new(-1, isInvocation: false);

    /// <summary>Invocations and answers in order of time; at one instant invocations first, since such operations overlap.</summary>
    private void Link()
    {
        var entries = new List<(long Instant, Entry Entry)>();
        for (var i = 0; i < _operations.Length; i++)
        {
            var invocation = new Entry(i, isInvocation: true);
            entries.Add((_operations[i].Invoked, invocation));
            if (_operations[i].End != Operation.Never)
            {
                invocation.Answer = new Entry(i, isInvocation: false);
                entries.Add((_operations[i].End, invocation.Answer));
            }
        }

        var (last, lastUnknown) = (_head, _unknown);
        foreach (var (_, entry) in entries.OrderBy(e => e.Instant).ThenBy(e => e.Entry.IsInvocation ? 0 : 1))
        {
            ref var end = ref IsUnknown(entry) ? ref lastUnknown : ref last;
            (end.Next, entry.Previous) = (entry, end);
            end = entry;
        }
    }

    /// <summary>A link of the list of what is still to be placed.</summary>
    private sealed class Entry(int operation, bool isInvocation)
    {
        public int Operation { get; } = operation;

        public bool IsInvocation { get; } = isInvocation;

        public Entry? Answer { get; set; }

        public Entry? Previous { get; set; }

        public Entry? Next { get; set; }

        public void Unlink()
        {
            Leave();
            Answer?.Leave();
        }

        /// <summary>Undoes the last unlinking; only in the reverse order of unlinking, when both neighbours are as they were.</summary>
        public void Relink()
        {
            Answer?.Return();
            Return();
        }

        private void Leave()
        {
            Previous!.Next = Next;
            if (Next is not null)
            {
                Next.Previous = Previous;
            }
        }

        private void Return()
        {
            Previous!.Next = this;
            if (Next is not null)
            {
                Next.Previous = this;
            }
        }
    }
}
