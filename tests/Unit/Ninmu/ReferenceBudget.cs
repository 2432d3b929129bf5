using Voxeltron.Ninmu;

namespace Voxeltron.Tests.Unit.Ninmu;

/// <summary>A budget the slow way: everything that was ever spent, and who holds what, added up anew whenever it is asked.</summary>
internal sealed class ReferenceBudget(MissionBudget budget)
{
    private readonly List<(BudgetDimension Dimension, long Amount)> _spent = [];
    private readonly List<(BudgetDimension Dimension, long Amount)> _more = [];
    private readonly HashSet<ReferenceMission.TaskRecord> _holders = [];

    public long Limit(BudgetDimension dimension) => budget.Limits[dimension] == long.MaxValue ? long.MaxValue : budget.Limits[dimension] + Sum(_more, dimension);

    /// <summary>All that was measured, whether the limit allowed it or not.</summary>
    public long Measured(BudgetDimension dimension) => dimension == BudgetDimension.CellMs ? Sum(_spent, dimension) / 1000 : Sum(_spent, dimension);

    public long Held(BudgetDimension dimension) => _holders.Sum(task => Held(task, dimension));

    /// <param name="amount">Of <see cref="BudgetDimension.CellMs"/> in microseconds.</param>
    public void Spend(BudgetDimension dimension, long amount) => _spent.Add((dimension, amount));

    public void TopUp(BudgetDimension dimension, long amount) => _more.Add((dimension, amount));

    public void Begins(ReferenceMission.TaskRecord task)
    {
        (task.BootsHeld, task.EventsHeld) = (1, 2);
        _holders.Add(task);
        if (task.Attempt == 1)
        {
            Spend(BudgetDimension.Tasks, 1);
        }
    }

    public void Booted(ReferenceMission.TaskRecord task)
    {
        (task.BootsHeld, task.EventsHeld) = (0, 1);
        Spend(BudgetDimension.Boots, 1);
    }

    public void Left(ReferenceMission.TaskRecord task) => _holders.Remove(task);

    /// <summary>The first dimension that does not allow an attempt.</summary>
    public BudgetDimension? Short(ReferenceMission.TaskRecord task)
    {
        (BudgetDimension Dimension, long Need)[] needs =
        [
            (BudgetDimension.CellMs, 2 * MissionMachine.EventCellMs), (BudgetDimension.Fuel, 2 * task.Spec.Profile.Fuel(task.Long)),
            (BudgetDimension.Boots, 1), (BudgetDimension.Tasks, task.Attempt == 0 ? 1 : 0),
        ];
        foreach (var (dimension, need) in needs)
        {
            var limit = Limit(dimension);
            var escrow = dimension == BudgetDimension.Tasks ? 0 : limit / 100 * budget.EscrowPercent + limit % 100 * budget.EscrowPercent / 100;
            if (limit != long.MaxValue && need > Math.Max(0, limit - Math.Min(Measured(dimension), limit - Held(dimension)) - Held(dimension) - escrow) && need > 0)
            {
                return dimension;
            }
        }

        return null;
    }

    private static long Held(ReferenceMission.TaskRecord task, BudgetDimension dimension) => dimension switch
    {
        BudgetDimension.Boots => task.BootsHeld,
        BudgetDimension.Fuel => task.EventsHeld * task.Spec.Profile.Fuel(task.Long),
        BudgetDimension.CellMs => task.EventsHeld * MissionMachine.EventCellMs,
        _ => 0,
    };

    private static long Sum(List<(BudgetDimension Dimension, long Amount)> amounts, BudgetDimension dimension) =>
        amounts.Where(amount => amount.Dimension == dimension).Sum(static amount => amount.Amount);
}
