using Voxeltron.Cells;

namespace Voxeltron.Execution;

/// <summary>Which aborts a replay must come to again. The others were the host's clock, memory or bug on that day; they left no write.</summary>
public static class Repeatable
{
    public static bool Is(string abortCode) =>
        abortCode is not (AbortCodes.Watchdog or AbortCodes.BudgetExhausted or AbortCodes.HostError or AbortCodes.ImageLost or "no_capacity" or "instantiation_failed" or "profile_invalid");
}
