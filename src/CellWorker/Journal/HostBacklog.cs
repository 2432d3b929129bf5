namespace Voxeltron.CellWorker;

/// <summary>
/// Bytes all streams of one host have appended and not made durable. Each stream has a bound of its own; a thousand of them
/// at theirs would be tens of GiB while Postgres is away.
/// </summary>
internal sealed class HostBacklog
{
    /// <summary>From here on writer sections wait; what the turns under way still append comes on top.</summary>
    public const long MostBytes = 512 * 1024 * 1024;

    private readonly Lock _lock = new();

    // Written under _lock.
    private long _bytes;
    private List<StreamQueue>? _waiting;

    /// <summary>If not, the queue's progress is set when there is.</summary>
    public bool HasRoomFor(StreamQueue queue)
    {
        if (Volatile.Read(ref _bytes) < MostBytes)
        {
            return true;
        }

        lock (_lock)
        {
            if (_bytes < MostBytes)
            {
                return true;
            }

            _waiting ??= [];
            if (!_waiting.Contains(queue))
            {
                _waiting.Add(queue);
            }

            return false;
        }
    }

    public void Add(long bytes)
    {
        lock (_lock)
        {
            _bytes += bytes;
        }
    }

    /// <summary>Durable, or lost with their stream.</summary>
    public void Remove(long bytes)
    {
        List<StreamQueue>? woken = null;
        lock (_lock)
        {
            _bytes -= bytes;
            if (_waiting is not null && _bytes < MostBytes)
            {
                (woken, _waiting) = (_waiting, null);
            }
        }

        woken?.ForEach(static queue => queue.Progress.Set());
    }
}
