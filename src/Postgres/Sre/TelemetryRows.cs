namespace Voxeltron.Postgres;

/// <summary>Worker hosts by state.</summary>
/// <param name="Silent">Say they run, and have not renewed for the time asked about.</param>
public sealed record HostsSeen(int Live, int Starting, int Draining, int Dead, int Silent, int CellsLive, int CellCapacity);

/// <summary>A mission that has work and has not moved.</summary>
public sealed record StuckMission(string Tenant, Guid MissionId, string Status, int TasksWaiting, int TasksRunning, double StillForS);

/// <summary>How often actions were aborted for one reason.</summary>
public sealed record AbortCount(string Code, long Count);

/// <summary>Signed acts no owner has appended yet.</summary>
/// <param name="OldestS">Age of the oldest, in seconds; 0 when none waits.</param>
public sealed record InboxBacklog(long Pending, double OldestS);

/// <summary>How far durable work and its numbering lie behind now.</summary>
/// <param name="LastCommitS">Seconds since the newest commit; null before the first.</param>
/// <param name="Unnumbered">Commits that have no leaf yet.</param>
public sealed record CommitLag(double? LastCommitS, long Unnumbered, long LastCheckpointSize);

/// <summary>Streams with work to do and nobody to do it.</summary>
public sealed record OwnerlessStreams(long Missions, long Systems);
