namespace Voxeltron.Execution;

/// <summary>Where a stream stands: what its next entry continues.</summary>
/// <param name="Seq">Its last entry.</param>
/// <param name="Epoch">That entry's epoch.</param>
/// <param name="TimeUs">That entry's time, Unix microseconds.</param>
/// <param name="Chain">That entry's chain value.</param>
public sealed record StreamPosition(long Seq, long Epoch, long TimeUs, byte[] Chain);
