namespace Voxeltron.Cosmictron;

/// <summary>The index keys of one row, one behind the other, before they are stored.</summary>
/// <param name="all">Their bytes.</param>
/// <param name="ends">Where each ends.</param>
/// <param name="withNull">Bit i: the key of index i holds a null, so it equals no other.</param>
internal readonly ref struct IndexKeys(ReadOnlySpan<byte> all, ReadOnlySpan<int> ends, int withNull)
{
    public ReadOnlySpan<byte> All { get; } = all;

    private readonly ReadOnlySpan<int> _ends = ends;

    public int Count => _ends.Length;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = index == 0 ? 0 : _ends[index - 1];
            return All[start.._ends[index]];
        }
    }

    public bool HasNull(int index) => (withNull & (1 << index)) != 0;
}
