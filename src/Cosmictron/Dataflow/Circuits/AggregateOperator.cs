using System.Buffers.Binary;

namespace Voxeltron.Cosmictron;

/// <summary>
/// A row for each group. A group's state is its rows, and per call the values that are not null and their sum; where a
/// least or greatest value is asked for, all values are kept, in order. A step takes a group's old row back and gives its
/// new one, both computed from the state, once however many of its rows changed.
/// </summary>
internal sealed class AggregateOperator : Operator
{
    private const int CountBytes = sizeof(long);
    private const int CallBytes = CountBytes + 16;

    private readonly Operator _input;
    private readonly int[] _groups;
    private readonly Call[] _calls;
    private readonly RowCodec _codec;
    private readonly int[] _ends;

    // A group's bytes; its weight is its rows. Extra, per call: i64 values | i128 sum, little-endian.
    private readonly Trace _states;
    private readonly Trace[] _traces;

    // The step's groups; the weight is the place of the row in the input, plus one.
    private readonly Batch _touched = new();
    private readonly RowBuffer _value = new();

    // Without group columns there is one row from the start on.
    private bool _isBegun;

    public AggregateOperator(AggregatePlan plan, Operator input, StepContext context)
        : base(plan, context, input)
    {
        _input = input;
        _groups = plan.Groups;
        _isBegun = _groups.Length > 0;
        _codec = new RowCodec(input.Plan.Columns);
        _states = new Trace(context.Space, isOrdered: false, plan.Calls.Count * CallBytes);
        var traces = new List<Trace> { _states };
        var ordered = new SortedDictionary<int, Trace>();
        _calls = new Call[plan.Calls.Count];
        for (var i = 0; i < _calls.Length; i++)
        {
            var call = plan.Calls[i];
            Trace? values = null;
            var keeps = false;
            if (call.Function is AggregateFunction.Min or AggregateFunction.Max && !ordered.TryGetValue(call.Argument, out values))
            {
                values = new Trace(context.Space, isOrdered: true);
                ordered.Add(call.Argument, values);
                traces.Add(values);
                keeps = true;
            }

            _calls[i] = new Call(call, call.Argument < 0 ? default : input.Plan.Columns[call.Argument].Type, values, keeps);
        }

        _traces = [.. traces];
        var last = Math.Max(_groups.DefaultIfEmpty(-1).Max(), plan.Calls.Select(static call => call.Argument).DefaultIfEmpty(-1).Max());
        _ends = new int[last + 1];
    }

    public override IReadOnlyList<Trace> Traces => _traces;

    protected override bool IsTouched => !_isBegun || base.IsTouched;

    protected override void Advance()
    {
        var rows = _input.Output;
        _touched.Clear();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            if (_groups.Length > 0)
            {
                _codec.FindEnds(row, _ends);
                foreach (var group in _groups)
                {
                    _touched.Building.Append(RowCodec.FieldOf(row, _ends, group));
                }
            }

            _touched.End(i + 1);
        }

        if (_groups.Length > 0)
        {
            _touched.Sort();
        }

        for (var i = 0; i < _touched.Count;)
        {
            i = StepGroup(i);
        }

        if (!_isBegun && rows.Count == 0)
        {
            Give([], 1);
        }

        _isBegun = true;
        _touched.Clear();
    }

    /// <summary>Steps the group whose first row is there.</summary>
    /// <returns>The first of the next.</returns>
    private int StepGroup(int first)
    {
        var group = _touched.Row(first);
        var given = Output.Count;
        if (_isBegun)
        {
            Give(group, -1);
        }

        var retracted = Output.Count;
        var next = Change(first, group);
        Give(group, 1);
        if (retracted == given + 1 && Output.Count == given + 2 && Output.Row(given).SequenceEqual(Output.Row(given + 1)))
        {
            Output.Truncate(given);
        }

        return next;
    }

    private int Change(int first, ReadOnlySpan<byte> group)
    {
        foreach (var call in _calls)
        {
            call.Count = 0;
            call.Sum = 0;
        }

        var members = 0L;
        var next = first;
        for (; next < _touched.Count && (next == first || _touched.Row(next).SequenceEqual(group)); next++)
        {
            var at = (int)_touched.Weight(next) - 1;
            var row = _input.Output.Row(at);
            var weight = _input.Output.Weight(at);
            members += weight;
            _codec.FindEnds(row, _ends);
            foreach (var call in _calls)
            {
                if (call.Argument >= 0 && RowCodec.FieldOf(row, _ends, call.Argument) is var field && !RowCodec.IsNull(field))
                {
                    Take(call, group, field, weight);
                }
            }
        }

        _states.Add(group, members, out var state);
        for (var i = 0; i < _calls.Length && !state.IsEmpty; i++)
        {
            var values = state.Slice(i * CallBytes, CountBytes);
            var sum = state.Slice((i * CallBytes) + CountBytes, CallBytes - CountBytes);
            BinaryPrimitives.WriteInt64LittleEndian(values, BinaryPrimitives.ReadInt64LittleEndian(values) + _calls[i].Count);
            BinaryPrimitives.WriteInt128LittleEndian(sum, BinaryPrimitives.ReadInt128LittleEndian(sum) + _calls[i].Sum);
        }

        return next;
    }

    private void Take(Call call, ReadOnlySpan<byte> group, ReadOnlySpan<byte> field, long weight)
    {
        call.Count += weight;
        if (call.Function is AggregateFunction.Sum or AggregateFunction.Avg)
        {
            // Wraps where a sum is far beyond what may be given: so it is exact again when it comes back.
            var value = call.ArgumentType.Type == ColumnType.Decimal ? KeyEncoding.ReadUnits(field[1..]) : KeyEncoding.ReadInt64(field[1..]);
            call.Sum += value * weight;
        }
        else if (call.Keeps)
        {
            _value.Clear();
            _value.Append(group);
            _value.Append(field);
            call.Values!.Add(_value.Written, weight);
        }
    }

    /// <summary>Gives the group's row as its state has it now, if it has one.</summary>
    private void Give(ReadOnlySpan<byte> group, long weight)
    {
        // While loading faults are counted, given on or not.
        if (!Gives && !Context.IsLoading)
        {
            return;
        }

        var isThere = _states.TryFind(group, out var members, out var state);
        if (!isThere && _groups.Length > 0)
        {
            return;
        }

        try
        {
            Output.Building.Append(group);
            for (var i = 0; i < _calls.Length; i++)
            {
                Append(_calls[i], group, members, isThere ? state.Slice(i * CallBytes, CallBytes) : default);
            }

            Output.End(weight);
        }
        catch (ViewFault fault)
        {
            Output.Drop();
            if (Context.IsLoading)
            {
                Count(fault, weight);
            }
            else
            {
                // The group's row is there to stay: this was its one change.
                Leave(StepCut.Output, fault);
            }
        }
    }

    private void Append(Call call, ReadOnlySpan<byte> group, long members, ReadOnlySpan<byte> state)
    {
        var target = Output.Building;
        var count = state.IsEmpty ? 0 : BinaryPrimitives.ReadInt64LittleEndian(state);
        switch (call.Function)
        {
            case AggregateFunction.CountRows:
                target.AppendInt64(members);
                return;
            case AggregateFunction.Count:
                target.AppendInt64(count);
                return;
        }

        if (count == 0)
        {
            target.AppendNull();
            return;
        }

        switch (call.Function)
        {
            case AggregateFunction.Min:
                call.Values!.TryFirst(group, out var least);
                target.Append(least[group.Length..]);
                break;
            case AggregateFunction.Max:
                call.Values!.TryLast(group, out var greatest);
                target.Append(greatest[group.Length..]);
                break;
            default:
                AppendNumber(call, BinaryPrimitives.ReadInt128LittleEndian(state[CountBytes..]), count);
                break;
        }
    }

    private void AppendNumber(Call call, Int128 sum, long count)
    {
        if (call.Function == AggregateFunction.Avg)
        {
            Output.Building.AppendUnits(Decimals.Quotient(sum, call.ArgumentType.Scale, count, 0, call.Type.Scale));
        }
        else if (call.Type.Type == ColumnType.Decimal)
        {
            Output.Building.AppendUnits(Decimals.Rescale(Decimals.Check(sum), call.ArgumentType.Scale, call.Type.Scale));
        }
        else
        {
            Output.Building.AppendInt64(sum >= long.MinValue && sum <= long.MaxValue
                ? (long)sum
                : throw new ViewFault(ViewFault.OutOfRange, "a sum is out of the range of int64"));
        }
    }

    /// <summary>One call and what this step changes of it.</summary>
    /// <param name="values">Of min and max: the group's values, one trace for each argument.</param>
    /// <param name="keeps">It is this call that keeps them.</param>
    private sealed class Call(AggregateCall call, ViewType argumentType, Trace? values, bool keeps)
    {
        public readonly AggregateFunction Function = call.Function;
        public readonly int Argument = call.Argument;
        public readonly ViewType Type = call.Type;
        public readonly ViewType ArgumentType = argumentType;
        public readonly Trace? Values = values;
        public readonly bool Keeps = keeps;

        public long Count;
        public Int128 Sum;
    }
}
