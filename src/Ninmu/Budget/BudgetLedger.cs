using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>
/// One mission's account: of each dimension a limit, what was spent and what is held for work that is under way. Pure, and a fold: the
/// same calls give the same account. Cost: a few additions a call, nothing allocated.
/// </summary>
/// <remarks>
/// <c>spent + held ≤ limit</c> after every call. What could be refused is held first and settled after; what only a clock or a server can
/// say (time in handlers, memory kept warm, bytes) may come to more than was held for it. That more is never hidden and never
/// breaks the bound: as far as the limit allows it is spent, the rest is counted as <em>over</em>. Whoever meters promises how large over may
/// get (docs/budget.md); the ledger promises that it is said.
/// </remarks>
public sealed class BudgetLedger
{
    private readonly MissionBudget _budget;
    private BudgetAmounts _limit;
    private BudgetAmounts _spent;
    private BudgetAmounts _held;
    private BudgetAmounts _over;

    // Time in handlers comes in microseconds: what is less than a millisecond is kept until it is one.
    private long _cellUs;
    private int _warned;
    private int _dirty;

    public BudgetLedger(MissionBudget budget)
    {
        _budget = budget;
        _limit = budget.Limits;
    }

    public OnBudget OnBudget => _budget.OnBudget;

    public int SoftPercent => _budget.SoftPercent;

    public long Limit(BudgetDimension dimension) => _limit[dimension];

    public long Spent(BudgetDimension dimension) => _spent[dimension];

    public long Held(BudgetDimension dimension) => _held[dimension];

    /// <summary>Measured beyond what the limit allowed.</summary>
    public long Over(BudgetDimension dimension) => _over[dimension];

    public bool IsLimited(BudgetDimension dimension) => _limit[dimension] != MissionBudget.Unlimited;

    /// <summary>What is kept back of a dimension that a reload costs; 0 of the others, and where nothing limits it.</summary>
    public long Escrow(BudgetDimension dimension) =>
        IsLimited(dimension) && dimension is (BudgetDimension.Fuel or BudgetDimension.Boots or BudgetDimension.CellMs)
            ? (long)((Int128)_limit[dimension] * _budget.EscrowPercent / 100) : 0;

    /// <summary>What may still be held of a dimension.</summary>
    public long Left(BudgetDimension dimension, bool withEscrow = false) => IsLimited(dimension)
        ? Math.Max(0, _limit[dimension] - _spent[dimension] - _held[dimension] - (withEscrow ? 0 : Escrow(dimension)))
        : MissionBudget.Unlimited;

    /// <summary>The first dimension that does not allow it; null when all do.</summary>
    // Hot path: per event.
    public BudgetDimension? Short(in BudgetAmounts need, bool withEscrow = false)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            if (need[i] > 0 && need[i] > Left((BudgetDimension)i, withEscrow))
            {
                return (BudgetDimension)i;
            }
        }

        return null;
    }

    /// <exception cref="InvariantException">It does not fit: nobody may begin what was not asked for.</exception>
    public void Hold(in BudgetAmounts need)
    {
        if (Short(need) is { } dimension)
        {
            throw new InvariantException($"The budget has {Left(dimension)} {dimension.Word()} left, and {need[dimension]} were to be held.");
        }

        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            if (need[i] != 0)
            {
                _held[i] = checked(_held[i] + need[i]);
                _dirty |= 1 << i;
            }
        }
    }

    /// <summary>Gives back what was held; what was over is paid from it first.</summary>
    /// <exception cref="InvariantException">More than is held.</exception>
    public void Release(in BudgetAmounts held)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            if (held[i] != 0)
            {
                _held[i] -= held[i] <= _held[i] ? held[i] : throw new InvariantException($"The budget holds {_held[i]} {((BudgetDimension)i).Word()}, and {held[i]} were to be given back.");
                Absorb(i);
                _dirty |= 1 << i;
            }
        }
    }

    /// <summary>Spends what was measured.</summary>
    public void Charge(in BudgetAmounts actual)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            if (actual[i] != 0)
            {
                Charge((BudgetDimension)i, actual[i]);
            }
        }
    }

    /// <summary>Spends time in a handler.</summary>
    // Hot path: per event.
    public void ChargeCellUs(long cellUs)
    {
        if (cellUs is < 0 or > SpecLimits.MaxBudget)
        {
            throw new InvariantException($"No handler runs for {cellUs} µs.");
        }

        _cellUs += cellUs;
        var (ms, rest) = Math.DivRem(_cellUs, 1000);
        _cellUs = rest;
        if (ms > 0)
        {
            Charge(BudgetDimension.CellMs, ms);
        }
    }

    public void Charge(BudgetDimension dimension, long amount)
    {
        if (amount < 0)
        {
            throw new InvariantException($"{amount} {dimension.Word()} cannot be spent.");
        }

        var room = IsLimited(dimension) ? _limit[dimension] - _held[dimension] - _spent[dimension] : long.MaxValue - _spent[dimension];
        var spent = Math.Min(amount, room);
        _spent[dimension] += spent;
        _over[dimension] = (long)Int128.Min((Int128)_over[dimension] + amount - spent, SpecLimits.MaxBudget);
        _dirty |= 1 << (int)dimension;
    }

    /// <summary>More may be spent from here on. What was over is paid from it first. A dimension without limit keeps none.</summary>
    public void TopUp(in BudgetAmounts more)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            var dimension = (BudgetDimension)i;
            if (more[i] == 0 || !IsLimited(dimension))
            {
                continue;
            }

            _limit[i] = (long)Int128.Min((Int128)_limit[i] + more[i], SpecLimits.MaxBudget);
            Absorb(i);
            _warned &= ~(1 << i);
            _dirty |= 1 << i;
        }
    }

    /// <summary>The first dimension whose soft limit is passed and of which nobody was told.</summary>
    public BudgetDimension? ToWarn
    {
        get
        {
            for (var i = 0; i < BudgetDimensions.Count; i++)
            {
                var dimension = (BudgetDimension)i;
                if ((_warned & (1 << i)) == 0 && IsLimited(dimension) && IsPastSoft(dimension))
                {
                    return dimension;
                }
            }

            return null;
        }
    }

    /// <summary>It was said that the soft limit is passed.</summary>
    public void Warned(BudgetDimension dimension)
    {
        if (!IsLimited(dimension) || !IsPastSoft(dimension) || (_warned & (1 << (int)dimension)) != 0)
        {
            throw new InvariantException($"There is nothing to warn of in {dimension.Word()}: {_spent[dimension]} of {_limit[dimension]} are spent.");
        }

        _warned |= 1 << (int)dimension;
    }

    /// <summary>Dimensions that changed since the last call, all of them at first.</summary>
    public IEnumerable<BudgetDimension> DrainChanged()
    {
        var dirty = _dirty;
        _dirty = 0;
        return Enumerable.Range(0, BudgetDimensions.Count).Where(i => (dirty & (1 << i)) != 0).Select(static i => (BudgetDimension)i);
    }

    public void TouchAll() => _dirty = (1 << BudgetDimensions.Count) - 1;

    public void Write(BinaryWriter target)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            target.Write(_limit[i]);
            target.Write(_spent[i]);
            target.Write(_held[i]);
            target.Write(_over[i]);
        }

        target.Write(_cellUs);
        target.Write(_warned);
    }

    /// <summary>Takes what <see cref="Write"/> wrote.</summary>
    public void Read(BinaryReader source)
    {
        for (var i = 0; i < BudgetDimensions.Count; i++)
        {
            (_limit[i], _spent[i], _held[i], _over[i]) = (source.ReadInt64(), source.ReadInt64(), source.ReadInt64(), source.ReadInt64());
            if (_spent[i] < 0 || _held[i] < 0 || _over[i] < 0 || (Int128)_spent[i] + _held[i] > _limit[i])
            {
                throw new InvariantException($"A snapshot has a budget of {_limit[i]} {((BudgetDimension)i).Word()} with {_spent[i]} spent and {_held[i]} held.");
            }
        }

        (_cellUs, _warned) = (source.ReadInt64(), source.ReadInt32());
    }

    /// <summary>What was over is spent as soon as there is room for it: nobody gets twice what was used once.</summary>
    private void Absorb(int dimension)
    {
        var paid = Math.Min(_over[dimension], _limit[dimension] - _held[dimension] - _spent[dimension]);
        _spent[dimension] += paid;
        _over[dimension] -= paid;
    }

    private bool IsPastSoft(BudgetDimension dimension) => _limit[dimension] > 0 && (Int128)_spent[dimension] * 100 >= (Int128)_limit[dimension] * _budget.SoftPercent;
}
