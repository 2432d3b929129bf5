namespace Voxeltron.Cells;

/// <summary>What a guest said with complete (no code) or fail.</summary>
internal sealed record TaskConclusion(string? Code, string? Message, byte[] Result);
