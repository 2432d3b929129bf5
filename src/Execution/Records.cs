using Voxeltron.Cells;
using Voxeltron.Kernel;

namespace Voxeltron.Execution;

/// <summary>Why a cell was booted, as its entry says.</summary>
public static class BootReasons
{
    /// <summary>The task's first attempt.</summary>
    public const string Cold = "cold";

    /// <summary>A later attempt: the cell before was lost.</summary>
    public const string Resume = "resume";

    /// <summary>It replaces a cell of another version that is well.</summary>
    public const string Reload = "reload";

    public static string Of(int attempt) => attempt > 1 ? Resume : Cold;
}

/// <summary>What a <c>cell.booted</c> body says.</summary>
/// <param name="Reason">One of <see cref="BootReasons"/>.</param>
/// <param name="Warm">It took an instance that was ready.</param>
/// <param name="CellUs">Time in the handler, of a mission with a budget; else null.</param>
/// <param name="Netns">One of <see cref="NetnsOrigins"/>; null for a profile without egress.</param>
public readonly record struct BootRecord(
    CellId Cell,
    byte[] PublicKey,
    ModuleDigest Module,
    string Profile,
    string Fingerprint,
    string TaskKey,
    int Attempt,
    string Reason,
    long NowUs,
    long Fuel,
    int Writes,
    BootStages Stages,
    bool Warm = false,
    string? Netns = null,
    long? CellUs = null);

/// <summary>Where a cell's network namespace came from, as its boot says.</summary>
public static class NetnsOrigins
{
    /// <summary>It lay ready, with this host or in the broker's pool.</summary>
    public const string Hit = "hit";

    /// <summary>It was made while the cell waited.</summary>
    public const string Miss = "miss";

    /// <summary>None could be had in time: it is asked for again with the cell's first request.</summary>
    public const string Later = "later";
}

/// <summary>
/// What an <c>action</c> body says. <paramref name="Outcome"/> is one of <see cref="Outcomes"/>; <paramref name="Code"/> names a
/// refusal; only the task itself has an input; <paramref name="Denied"/> counts calls for what the cell is not granted;
/// <paramref name="CellUs"/> is the time in the handler, of a mission with a budget.
/// </summary>
public readonly record struct ActionRecord(
    CellId Cell,
    string TaskKey,
    int Attempt,
    InputReference Input,
    long NowUs,
    string Outcome,
    string? Code,
    long Fuel,
    int Writes,
    DeliveredEvent Event = default,
    int Denied = 0,
    long? CellUs = null);

/// <summary>What an <c>action.aborted</c> or <c>cell.boot_failed</c> body says.</summary>
/// <param name="AtBoot">It was the cell's first event.</param>
/// <param name="OfReload">The cell was to replace another, which goes on: no attempt of the task ends.</param>
/// <param name="ByView">The view that could not follow the writes, where that was why.</param>
/// <param name="Denied">Calls for what the cell is not granted.</param>
/// <param name="CellUs">Time in the handler, of a mission with a budget; else null.</param>
/// <param name="IsClassed">The body names the class of the fault, if it is one; false in bodies of builds that did not, whose faults nobody counted.</param>
/// <param name="Fingerprint">Of the engine that could not boot the cell; null for an action, whose cell's boot names it, and in bodies of builds that did not write it.</param>
public readonly record struct AbortRecord(
    CellId Cell,
    ModuleDigest Module,
    string TaskKey,
    int Attempt,
    bool AtBoot,
    string Code,
    long NowUs,
    long Fuel,
    DeliveredEvent Event = default,
    string? Fingerprint = null,
    string? ByView = null,
    bool OfReload = false,
    bool IsClassed = true,
    int Denied = 0,
    long? CellUs = null);

/// <summary>How a mission ended, and the root of its tables at that seq, so that replay ends on one comparison.</summary>
public readonly record struct MissionTally(int Tasks, int Completed, int Refused, int Failed, int Skipped, int Cancelled, string StateRoot);

/// <summary>What an <c>http.replied</c> body says; the rest is payload.</summary>
/// <param name="Bytes">Of the answer's body.</param>
/// <param name="Us">From leaving the fabric to the last byte, microseconds.</param>
public readonly record struct HttpReplyRecord(string TaskKey, long Ticket, int Status, int Bytes, int Redirects, long Us);
