namespace Voxeltron.Ninmu;

/// <summary>What the host must write although no cell runs. Each stays due until its fact is applied.</summary>
public abstract record Decision
{
    private Decision()
    {
    }

    /// <summary>Attempts are used up (the last abort's code) or the deadline passed (<c>deadline_exceeded</c>). <c>Attempt</c> is the last one begun, 0 if none.</summary>
    public sealed record Fail(string TaskKey, int Attempt, string Code) : Decision;

    /// <summary><c>Upstream</c> is the task key that did not complete, or <c>input:&lt;name&gt;</c> for a single input closed empty.</summary>
    public sealed record Skip(string TaskKey, string Upstream) : Decision;

    /// <summary>A soft limit of the budget is passed.</summary>
    public sealed record Warn(BudgetDimension Dimension) : Decision;

    /// <summary>The budget does not allow what would come next, which would take <c>Need</c>.</summary>
    public sealed record Exhaust(BudgetDimension Dimension, BudgetAmounts Need) : Decision;

    /// <summary>The mission's deadline has passed.</summary>
    public sealed record Expire : Decision;

    /// <summary><c>Status</c> is completed, failed or cancelled.</summary>
    public sealed record Complete(string Status, string? Reason) : Decision;
}
