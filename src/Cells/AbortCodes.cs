namespace Voxeltron.Cells;

/// <summary>Why an event was aborted. Stable words: they stand in <c>action.aborted</c> entries.</summary>
public static class AbortCodes
{
    public const string StackOverflow = "trap_stack_overflow";
    public const string MemoryOutOfBounds = "trap_memory_out_of_bounds";
    public const string Unreachable = "trap_unreachable";
    public const string IntegerDivideByZero = "trap_integer_divide_by_zero";
    public const string OutOfFuel = "out_of_fuel";

    /// <summary>The event's slice was burnt and its profile allows more: no fault, the task comes again as long.</summary>
    public const string FuelSlice = "fuel_slice";

    /// <summary>Wall time, not fuel: the only code that another run of the same event may not give again.</summary>
    public const string Watchdog = "watchdog";

    /// <summary>The mission's time in handlers was used up while the handler ran: nobody's fault, and the event comes again after a top-up.</summary>
    public const string BudgetExhausted = "budget_exhausted";

    public const string NonzeroReturn = "nonzero_return";
    public const string AllocFailed = "alloc_failed";

    /// <summary>The module has no export for this event.</summary>
    public const string MissingHandler = "missing_handler";

    /// <summary>A bug on this side of the boundary; the message has the exception.</summary>
    public const string HostError = "host_error";

    /// <summary>The cell slept, and its image could not be read back: the host's fault. No event was delivered.</summary>
    public const string ImageLost = "image_lost";

    /// <summary>The guest called a host function it is not granted. No module that was admitted can; an injected fault does (ADR 18).</summary>
    public const string PolicyBreach = "policy_breach";

    internal static string OfTrap(byte code) => code switch
    {
        0 => StackOverflow,
        1 => MemoryOutOfBounds,
        2 => "trap_heap_misaligned",
        3 => "trap_table_out_of_bounds",
        4 => "trap_indirect_call_to_null",
        5 => "trap_bad_signature",
        6 => "trap_integer_overflow",
        7 => IntegerDivideByZero,
        8 => "trap_bad_conversion_to_integer",
        9 => Unreachable,
        10 => Watchdog,
        11 => OutOfFuel,
        _ => $"trap_{code}",
    };
}
