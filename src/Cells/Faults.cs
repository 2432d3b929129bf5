using Voxeltron.Kernel;

namespace Voxeltron.Cells;

/// <summary>
/// The class of each abort code: of <see cref="AbortCodes"/>, of boots that failed (<see cref="CellBootException"/>), of views that
/// could not follow, and of what is no fault at all. A contract, since entries name the class: a code never changes it.
/// </summary>
public static class Faults
{
    /// <summary>Total: a code nobody knows yet, a new trap of the engine say, is a crash.</summary>
    public static FaultClass Of(string abortCode) => abortCode switch
    {
        // The host's doing, or nobody's: a cell is not judged by where it ran.
        AbortCodes.FuelSlice or AbortCodes.BudgetExhausted or AbortCodes.ImageLost or "image_unusable" or "host_lost" or "no_capacity" => FaultClass.None,

        "view_division_by_zero" or "view_value_out_of_range" => FaultClass.StateInconsistency,

        AbortCodes.OutOfFuel or AbortCodes.Watchdog or AbortCodes.StackOverflow or AbortCodes.AllocFailed
            or "instantiation_failed" or "views_too_large" or "views_step_too_large" => FaultClass.ResourceExhaustion,

        "memory_limit" or "table_limit" or "profile_invalid" or AbortCodes.MissingHandler or AbortCodes.PolicyBreach => FaultClass.PolicyViolation,

        _ => FaultClass.TransientCrash,
    };
}
