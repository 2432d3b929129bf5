using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Streams whose writer section faulted or was lost here, and until when this host leaves each alone. Every new epoch is an entry, so a
/// stream that faults after it began one would make its log grow for ever if it were claimed again as soon as its lease is free.
/// </summary>
/// <remarks>Each host counts for itself: what fails here for a reason of this host's own may work on the next one.</remarks>
internal sealed class StreamBackoff(TimeProvider clock)
{
    /// <summary>Streams remembered. When full, the one that may soonest be tried again is forgotten: it is tried a little early.</summary>
    public const int Capacity = 4_096;

    /// <summary>After the first fault; doubled by each further one.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();

    // Guarded by _gate, as every entry is.
    private readonly Dictionary<StreamRef, Faulted> _faulted = [];

    /// <returns>How long the stream is left alone, and how many faults in a row that makes.</returns>
    public (TimeSpan Delay, int Faults) Fault(StreamRef stream)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            // One that worked for longer than the longest pause has no row of faults behind it.
            var faults = _faulted.TryGetValue(stream, out var before) && now - before.Until <= Longest ? before.Faults + 1 : 1;
            var delay = TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(faults - 1, 20)));
            if (before is null && _faulted.Count >= Capacity)
            {
                _faulted.Remove(_faulted.MinBy(static pair => pair.Value.Until).Key);
            }

            _faulted[stream] = new Faulted(faults, now + delay);
            return (delay, faults);
        }
    }

    /// <summary>The stream ended in good order.</summary>
    public void Forget(StreamRef stream)
    {
        lock (_gate)
        {
            _faulted.Remove(stream);
        }
    }

    /// <summary>Streams this host does not claim now.</summary>
    public IReadOnlyList<StreamRef> Waiting()
    {
        lock (_gate)
        {
            if (_faulted.Count == 0)
            {
                return [];
            }

            var now = clock.GetUtcNow();
            return [.. _faulted.Where(pair => pair.Value.Until > now).Select(static pair => pair.Key)];
        }
    }

    private sealed record Faulted(int Faults, DateTimeOffset Until);
}
