namespace Voxeltron.Cosmictron;

/// <summary>
/// Pairs of rows with equal keys. Each side's trace has its rows behind their keys. A step is ΔL × R as it was, then L as
/// it is now × ΔR: the other way of taking both as they were would lose ΔL × ΔR.
/// </summary>
/// <remarks>
/// Outer: a left row whose key no right row has is given with nulls. Rows with a null in the key have no partner and are
/// in no trace.
/// </remarks>
internal sealed class JoinOperator : Operator
{
    private const int NullKey = -1;

    /// <summary>Of one row: sums of as many rows as a mission may have stay far inside 64 bits.</summary>
    private const long MostWeight = 1L << 40;

    private readonly Operator _left;
    private readonly Operator _right;
    private readonly bool _isOuter;
    private readonly Projection _leftKey;
    private readonly Projection _rightKey;
    private readonly byte[] _nulls;
    private readonly Trace _leftRows;
    private readonly Trace _rightRows;

    // The step's rows behind their keys; the mark is the key's bytes.
    private readonly Batch _leftChanges = new();
    private readonly Batch _rightChanges = new();

    // Outer: each key of the right changes, the mark whether it had a partner before.
    private readonly Batch _rightKeys = new();

    public JoinOperator(JoinPlan plan, Operator left, Operator right, StepContext context)
        : base(plan, context, left, right)
    {
        _left = left;
        _right = right;
        _isOuter = plan.Outer;
        _leftKey = new Projection(left.Plan.Columns, plan.LeftKeys);
        _rightKey = new Projection(right.Plan.Columns, plan.RightKeys);
        _nulls = new byte[right.Plan.Columns.Count];
        _nulls.AsSpan().Fill(RowCodec.Null);
        _leftRows = new Trace(context.Space, isOrdered: true);
        _rightRows = new Trace(context.Space, isOrdered: true);
    }

    public override IReadOnlyList<Trace> Traces => [_leftRows, _rightRows];

    protected override void Advance()
    {
        if (!TryKey(_left.Output, _leftKey, keepsNullKeys: _isOuter, _leftChanges) || !TryKey(_right.Output, _rightKey, keepsNullKeys: false, _rightChanges))
        {
            return;
        }

        for (var i = 0; i < _leftChanges.Count; i++)
        {
            StepLeft(_leftChanges.Row(i), _leftChanges.Mark(i), _leftChanges.Weight(i));
        }

        if (_isOuter)
        {
            FindPartnersBefore();
        }

        for (var i = 0; i < _rightChanges.Count; i++)
        {
            StepRight(_rightChanges.Row(i), _rightChanges.Mark(i), _rightChanges.Weight(i));
        }

        if (_isOuter)
        {
            GiveLoneRows();
        }

        // Not kept until the next touch, should they be large.
        _leftChanges.Clear();
        _rightChanges.Clear();
        _rightKeys.Clear();
    }

    /// <summary>Puts each row behind its key.</summary>
    private bool TryKey(Batch rows, Projection key, bool keepsNullKeys, Batch target)
    {
        target.Clear();
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows.Row(i);
            try
            {
                if (key.Append(row, target.Building))
                {
                    var keyBytes = target.BuiltBytes;
                    target.Building.Append(row);
                    target.End(rows.Weight(i), keyBytes);
                    continue;
                }

                target.Drop();
                if (keepsNullKeys)
                {
                    target.Building.Append(row);
                    target.End(rows.Weight(i), NullKey);
                }
            }
            catch (ViewFault fault)
            {
                target.Drop();
                if (!GoesOn(fault, rows, target, ref i))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void StepLeft(ReadOnlySpan<byte> keyed, int keyBytes, long weight)
    {
        if (keyBytes == NullKey)
        {
            Give(keyed, _nulls, weight);
            return;
        }

        if (Gives)
        {
            var key = keyed[..keyBytes];
            var row = keyed[keyBytes..];
            var position = _rightRows.Seek(key);
            var isLone = _isOuter;
            while (_rightRows.TryRead(ref position, key, out var partner, out var partnerWeight))
            {
                isLone = false;
                GiveTimes(row, partner[keyBytes..], weight, partnerWeight);
                if (!Gives)
                {
                    break;
                }
            }

            if (isLone)
            {
                Give(row, _nulls, weight);
            }
        }

        _leftRows.Add(keyed, weight);
    }

    private void StepRight(ReadOnlySpan<byte> keyed, int keyBytes, long weight)
    {
        var key = keyed[..keyBytes];
        for (var position = Gives ? _leftRows.Seek(key) : default; Gives && _leftRows.TryRead(ref position, key, out var partner, out var partnerWeight);)
        {
            GiveTimes(partner[keyBytes..], keyed[keyBytes..], weight, partnerWeight);
        }

        _rightRows.Add(keyed, weight);
    }

    private void FindPartnersBefore()
    {
        _rightKeys.Clear();
        for (var i = 0; i < _rightChanges.Count; i++)
        {
            _rightKeys.Add(_rightChanges.Row(i)[.._rightChanges.Mark(i)], 1);
        }

        _rightKeys.Consolidate();
        for (var i = 0; i < _rightKeys.Count; i++)
        {
            _rightKeys.SetMark(i, _rightRows.TryFirst(_rightKeys.Row(i), out _) ? 1 : 0);
        }
    }

    private void GiveLoneRows()
    {
        for (var i = 0; i < _rightKeys.Count && Gives; i++)
        {
            var key = _rightKeys.Row(i);
            var had = _rightKeys.Mark(i) == 1;
            var has = _rightRows.TryFirst(key, out _);
            if (had == has)
            {
                continue;
            }

            var position = _leftRows.Seek(key);
            while (Gives && _leftRows.TryRead(ref position, key, out var row, out var weight))
            {
                Give(row[key.Length..], _nulls, has ? -weight : weight);
            }
        }
    }

    private void GiveTimes(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, long weight, long times)
    {
        // Beyond 64 bits the high half is not the low one's sign.
        var high = Math.BigMul(weight, times, out long product);
        if (Gives && (high != product >> 63 || product is > MostWeight or < -MostWeight))
        {
            Leave(StepCut.Output, new ViewFault(ViewFault.OutOfRange, $"a join gives one row more than {MostWeight} times"));
            return;
        }

        Give(left, right, product);
    }

    private void Give(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, long weight)
    {
        if (Gives)
        {
            Output.Building.Append(left);
            Output.Building.Append(right);
            Output.End(weight);
            LimitOutput();
        }
    }
}
