using Voxeltron.Ultra;

namespace Voxeltron.Api.Budgets;

/// <param name="OnBudget">pause, drain or kill; null where the spec sets no budget.</param>
internal sealed record BudgetView(string MissionId, string? OnBudget, IReadOnlyList<BudgetLineView> Dimensions)
{
    public static BudgetView Of(string mission, IReadOnlyList<BudgetRow> rows) => new(
        mission, rows.Count == 0 ? null : rows[0].OnBudget, [.. rows.Select(static row => new BudgetLineView(
            row.Dimension, row.Limit, row.Spent, row.Held, row.Over, row.Escrow, row.SoftPercent))]);
}

/// <param name="Limit">Null: nothing limits it.</param>
/// <param name="Over">Measured beyond the limit.</param>
internal sealed record BudgetLineView(string Dimension, long? Limit, long Spent, long Held, long Over, long Escrow, int SoftPercent);

/// <param name="Status">accepted: no owner has answered yet; attached: the same, and the request is a repeat; done: an owner took it, as entry <paramref name="Seq"/>.</param>
internal sealed record ControlView(string MissionId, string Act, string? TaskKey, string IntentId, string Status, long? Seq);
