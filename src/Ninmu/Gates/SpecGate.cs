namespace Voxeltron.Ninmu;

/// <summary>A gate the spec declares: who decides, how many, and for how long it stays open.</summary>
/// <param name="Quorum">Approvals of different people that let through; one denial is enough to refuse.</param>
/// <param name="Roles">API roles whose decisions count.</param>
/// <param name="Approvers">Names of enrolled approvers; not empty: only their signed decisions count.</param>
/// <param name="ExpiresMs">Null: it stays open for as long as its task.</param>
/// <param name="Escalates">When the time is over it stays open and says so; else it is denied. Neither approves.</param>
public sealed record SpecGate(string Name, int Quorum, IReadOnlyList<string> Roles, IReadOnlyList<string> Approvers, long? ExpiresMs, bool Escalates);
