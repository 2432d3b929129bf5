namespace Voxeltron.Ultra;

/// <summary>A signed head of the Merkle log; a row of <c>journal.checkpoint</c>.</summary>
/// <param name="TreeSize">Leaves covered.</param>
/// <param name="Note">The C2SP signed note that says the same.</param>
public sealed record CheckpointRow(long TreeSize, byte[] Root, string Note);
