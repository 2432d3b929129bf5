namespace Voxeltron.Cosmictron;

/// <summary>What one step of the scrubber came to.</summary>
/// <param name="Rows">Row ids looked at.</param>
/// <param name="PassEnded">Every row has been looked at since the pass began; the next step begins another.</param>
/// <param name="Corrupt">Tables whose rows are not those that were written; filled when a pass ends.</param>
public sealed record ScrubReport(int Rows, bool PassEnded, IReadOnlyList<string> Corrupt);
