using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>How a task's action ended, as its body says.</summary>
public static class Outcomes
{
    public const string Completed = "completed";

    /// <summary>The cell judged the input and refused it by name: a result, never retried.</summary>
    public const string Refused = "refused";

    /// <summary>The handler returned without <c>complete</c> or <c>fail</c>: completed, with an empty result.</summary>
    public const string Returned = "returned";

    /// <summary>The handler returned and waits for a timer: the task goes on.</summary>
    public const string Waiting = "waiting";

    public static string Of(ActionStatus status) => status switch
    {
        ActionStatus.Completed => Completed,
        ActionStatus.Refused => Refused,
        ActionStatus.Returned => Returned,
        ActionStatus.Waiting => Waiting,
        _ => throw new InvariantException($"An action that came to {status} has no outcome: it was aborted."),
    };
}
