namespace Voxeltron.Api.Faults;

/// <summary>What a fault is asked for with: one of cell and task.</summary>
internal sealed record FaultBody(string Fault, string? Cell, string? Task);

/// <param name="Status">accepted: no owner has answered yet; attached: the same, and the request is a repeat; injected.</param>
/// <param name="Seq">The entry <c>fault.injected</c>, which names cell and task; what came of it stands behind it.</param>
internal sealed record FaultView(string MissionId, string Fault, string? CellId, string? TaskKey, string IntentId, string Status, long? Seq);
