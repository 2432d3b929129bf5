using Voxeltron.Kernel;

namespace Voxeltron.Ultra;

/// <summary>One dimension of a mission's account: a row of <c>control.budget</c>. Amounts in the dimension's unit.</summary>
/// <param name="Limit">Null: nothing limits it.</param>
/// <param name="Over">Measured beyond the limit.</param>
/// <param name="Escrow">Of the limit, kept back for reloads.</param>
public sealed record BudgetRow(
    TenantId Tenant,
    MissionId Mission,
    string Dimension,
    long? Limit,
    long Spent,
    long Held,
    long Over,
    long Escrow,
    int SoftPercent,
    string OnBudget,
    long TimeModifiedUs);
