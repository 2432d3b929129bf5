namespace Voxeltron.Cells;

/// <summary>What a boot spent where. Microseconds; the total also holds what lies between the stages.</summary>
/// <param name="NetnsUs">Taking a network namespace; null for a cell of a profile without egress.</param>
public readonly record struct BootStages(long ClaimUs, long KeyUs, long InstantiateUs, long OnStartUs, long TotalUs, long? NetnsUs = null);
