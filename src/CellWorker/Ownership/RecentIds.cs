namespace Voxeltron.CellWorker;

/// <summary>
/// A bounded memory of ids, in two halves: when the newer one is full the older one is forgotten. So between half of the
/// capacity and all of it is remembered, always the latest.
/// </summary>
internal sealed class RecentIds(int capacity)
{
    private readonly Lock _gate = new();

    // Both guarded by _gate.
    private HashSet<Guid> _newer = [];
    private HashSet<Guid> _older = [];

    public bool Contains(Guid id)
    {
        lock (_gate)
        {
            return _newer.Contains(id) || _older.Contains(id);
        }
    }

    /// <summary>False when it is remembered already.</summary>
    public bool Add(Guid id)
    {
        lock (_gate)
        {
            if (_newer.Contains(id) || _older.Contains(id))
            {
                return false;
            }

            if (_newer.Count >= capacity / 2)
            {
                (_older, _newer) = (_newer, _older);
                _newer.Clear();
            }

            return _newer.Add(id);
        }
    }
}
