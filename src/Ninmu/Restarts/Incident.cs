using Voxeltron.Kernel;

namespace Voxeltron.Ninmu;

/// <summary>A crash loop of one profile in one mission, as it stands.</summary>
/// <param name="OpenedSeq">The entry that opened it; 0: that entry is to be written now.</param>
/// <param name="Faults">Faults of the profile: while it is to be opened, those of the period; afterwards those since, too.</param>
/// <param name="Holds">Times dispatch was held: the first, and one for each try that faulted.</param>
/// <param name="HoldUs">How long the newest of them is.</param>
/// <param name="Newest">The newest fault.</param>
/// <param name="Resolution">Null while it is open.</param>
/// <param name="ClosedBy">The task that was tried and came back clean; null where that was not why.</param>
public sealed record Incident(
    string Profile, RestartPolicy Policy, long OpenedSeq, long TimeOpenedUs, int Faults, int Holds, long HoldUs, FaultOrigin Newest,
    string? Resolution = null, string? ClosedBy = null, long? TimeClosedUs = null)
{
    /// <summary>A task of the profile was tried and an event of it came back clean.</summary>
    public const string Recovered = "recovered";

    /// <summary>The mission ended while it was open.</summary>
    public const string MissionEnded = "mission_ended";
}

/// <summary>Where a fault happened.</summary>
/// <param name="Seq">The entry that tells it.</param>
public readonly record struct FaultOrigin(string TaskKey, CellId Cell, string Code, FaultClass Fault, long Seq);
