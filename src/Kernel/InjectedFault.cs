namespace Voxeltron.Kernel;

/// <summary>A real fault that an operator has done to a live cell, to see what heals it (ADR 18).</summary>
public enum InjectedFault
{
    /// <summary>The cell's next event executes <c>unreachable</c>.</summary>
    Trap,

    /// <summary>The cell's next event never comes back: it burns all the fuel its profile allows.</summary>
    EndlessLoop,

    /// <summary>The cell's next event takes memory until its profile refuses more.</summary>
    Memory,

    /// <summary>The cell's next event calls a host function that no module is granted.</summary>
    PolicyBreach,

    /// <summary>The cell's next event waits in a host call for longer than the watchdog does.</summary>
    SlowHostCall,

    /// <summary>A bit of one of the mission's rows changes in its owner's memory, and nobody wrote it.</summary>
    CorruptedRow,

    /// <summary>The process that owns the mission ends as by SIGKILL.</summary>
    KilledWorker,
}

public static class InjectedFaults
{
    /// <summary>The words of the API, of entries and of snapshots. A contract: added to, never renamed.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<InjectedFault>().Select(Word)];

    public static string Word(this InjectedFault fault) => fault switch
    {
        InjectedFault.Trap => "trap",
        InjectedFault.EndlessLoop => "endless_loop",
        InjectedFault.Memory => "memory",
        InjectedFault.PolicyBreach => "policy_breach",
        InjectedFault.SlowHostCall => "slow_host_call",
        InjectedFault.CorruptedRow => "corrupted_row",
        InjectedFault.KilledWorker => "killed_worker",
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "No such fault."),
    };

    public static bool TryParse(string? word, out InjectedFault fault)
    {
        foreach (var candidate in Enum.GetValues<InjectedFault>())
        {
            if (candidate.Word() == word)
            {
                fault = candidate;
                return true;
            }
        }

        fault = default;
        return false;
    }

    /// <summary>It is done by the cell's next event; the others are done at once, by the host.</summary>
    public static bool IsOfNextEvent(this InjectedFault fault) => fault is not (InjectedFault.CorruptedRow or InjectedFault.KilledWorker);

    /// <summary>What <c>fault.injected</c> says was done, before it is.</summary>
    public static string Deed(this InjectedFault fault) => fault switch
    {
        InjectedFault.CorruptedRow => "damages_row",
        InjectedFault.KilledWorker => "kills_host",
        _ => "arms_next_event",
    };
}
