namespace Voxeltron.Cosmictron;

/// <summary>Where all traces of one circuit lie, and how much they are.</summary>
internal sealed class TraceSpace
{
    public RecordHeap Heap { get; } = new();

    public RowDirectory Rows { get; } = new();

    /// <summary>Bytes of all rows of all traces; follows from the rows alone.</summary>
    public long Bytes { get; private set; }

    public void Account(long bytes) => Bytes += bytes;

    /// <summary>Gives free slabs back. Moves records: between steps only.</summary>
    public void Compact() => Heap.Compact(Rows);
}
