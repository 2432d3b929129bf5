namespace Voxeltron.Cells;

/// <summary>What a boot spent where. Microseconds; the total also holds what lies between the stages.</summary>
public readonly record struct BootStages(long ClaimUs, long KeyUs, long InstantiateUs, long OnStartUs, long TotalUs);
