using System.Numerics;

namespace Voxeltron.Cosmictron;

/// <summary>
/// The sizes blocks come in: every 16 bytes up to 256, then eight steps a doubling. So a block wastes at most 15 bytes,
/// or above 256 an eighth of the record.
/// </summary>
internal static class SizeClass
{
    private const int Granule = 16;
    private const int FineLimit = 256;
    private const int FineClasses = FineLimit / Granule;
    private const int FineLimitLog2 = 8;
    private const int StepsLog2 = 3;

    /// <summary>Enough classes for any array.</summary>
    public const int Count = FineClasses + ((31 - FineLimitLog2) << StepsLog2);

    public static int Of(int bytes)
    {
        if (bytes <= FineLimit)
        {
            return Math.Max(0, (bytes - 1) / Granule);
        }

        var log2 = BitOperations.Log2((uint)bytes - 1);
        var step = ((bytes - 1) >> (log2 - StepsLog2)) & ((1 << StepsLog2) - 1);
        return FineClasses + ((log2 - FineLimitLog2) << StepsLog2) + step;
    }

    public static int BlockBytes(int sizeClass)
    {
        if (sizeClass < FineClasses)
        {
            return (sizeClass + 1) * Granule;
        }

        var coarse = sizeClass - FineClasses;
        var log2 = FineLimitLog2 + (coarse >> StepsLog2);
        var step = coarse & ((1 << StepsLog2) - 1);
        return ((1 << StepsLog2) + step + 1) << (log2 - StepsLog2);
    }
}
