namespace Voxeltron.CellWorker;

/// <summary>
/// Which parts of the spool are taken: the smallest gap that is large enough, gaps that touch made one. Not thread-safe; each call takes
/// time in the logarithm of the number of gaps.
/// </summary>
internal sealed class SpoolSpace(long mostBytes)
{
    /// <summary>Extents are multiples of it, so that gaps too small for any image do not pile up.</summary>
    private const int Grain = 256;

    // The same gaps, all before _end and none at it: by size, by where they begin and by where they end.
    private readonly SortedSet<(long Size, long From)> _bySize = [];
    private readonly Dictionary<long, long> _sizeAt = [];
    private readonly Dictionary<long, long> _fromOf = [];

    /// <summary>Bytes of extents somebody has.</summary>
    public long UsedBytes { get; private set; }

    /// <summary>Where the last extent ends.</summary>
    public long EndBytes { get; private set; }

    /// <returns>Null when there is no room.</returns>
    public long? Take(int length)
    {
        var size = Rounded(length);
        var gap = _bySize.GetViewBetween((size, 0), (long.MaxValue, 0)).Min;
        if (gap.Size > 0)
        {
            Remove(gap.From, gap.Size);
            if (gap.Size > size)
            {
                Add(gap.From + size, gap.Size - size);
            }

            UsedBytes += size;
            return gap.From;
        }

        if (EndBytes + size > mostBytes)
        {
            return null;
        }

        var at = EndBytes;
        EndBytes += size;
        UsedBytes += size;
        return at;
    }

    /// <param name="taken">What <see cref="Take"/> was asked for.</param>
    public void Give(long from, int taken)
    {
        var size = Rounded(taken);
        UsedBytes -= size;
        if (_fromOf.TryGetValue(from, out var before))
        {
            Remove(before, from - before);
            (from, size) = (before, size + from - before);
        }

        if (_sizeAt.TryGetValue(from + size, out var behind))
        {
            Remove(from + size, behind);
            size += behind;
        }

        if (from + size == EndBytes)
        {
            EndBytes = from;
            return;
        }

        Add(from, size);
    }

    private void Add(long from, long size)
    {
        _bySize.Add((size, from));
        _sizeAt.Add(from, size);
        _fromOf.Add(from + size, from);
    }

    private void Remove(long from, long size)
    {
        _bySize.Remove((size, from));
        _sizeAt.Remove(from);
        _fromOf.Remove(from + size);
    }

    private static long Rounded(int length) => ((long)length + Grain - 1) / Grain * Grain;
}
