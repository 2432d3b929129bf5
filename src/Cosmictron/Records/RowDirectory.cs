namespace Voxeltron.Cosmictron;

/// <summary>
/// Row id to record. Indexes hold ids, so an update or a compaction changes one word here and no index. An id belongs to
/// one row until it is released; released ids form a list in the same array, as negative words.
/// </summary>
internal sealed class RowDirectory
{
    private long[] _records = new long[16];
    private int _free = -1;

    /// <summary>Ids ever given out: every live id is below it.</summary>
    public int Bound { get; private set; }

    /// <summary>The row's record; negative for an id that no row has.</summary>
    public long this[int id]
    {
        get => _records[id];
        set => _records[id] = value;
    }

    public int Take(long record)
    {
        int id;
        if (_free >= 0)
        {
            id = _free;
            _free = (int)(-_records[id]) - 2;
        }
        else
        {
            if (Bound == _records.Length)
            {
                Array.Resize(ref _records, Bound * 2);
            }

            id = Bound++;
        }

        _records[id] = record;
        return id;
    }

    public void Release(int id)
    {
        // −1 − (next + 1): negative for every next, the end of the list (−1) included.
        _records[id] = -(_free + 2L);
        _free = id;
    }
}
