namespace Voxeltron.Postgres;

/// <summary>One consumer's mailbox: any number of notifications between two looks become one <see cref="Signal"/>. Bounded by construction.</summary>
public sealed class SignalSubscription : IDisposable
{
    // Beyond this many names it is cheaper to look at everything.
    private const int MaxSubjects = 1024;

    private readonly Action<SignalSubscription> _unsubscribe;
    private readonly SemaphoreSlim _ready = new(0, 1);
    private readonly Lock _gate = new();

    // Guarded by _gate.
    private HashSet<string> _subjects = [];
    private bool _pending;
    private bool _everything;

    internal SignalSubscription(Action<SignalSubscription> unsubscribe) => _unsubscribe = unsubscribe;

    /// <summary>Returns as soon as anything happened since the last call, else when the time is up. One waiter at a time.</summary>
    public async Task<Signal> WaitAsync(TimeSpan timeout, CancellationToken ct)
    {
        if (!await _ready.WaitAsync(timeout, ct))
        {
            return Signal.TimeUp;
        }

        lock (_gate)
        {
            var signal = new Signal(Happened: true, _everything, _subjects);
            _subjects = [];
            _pending = false;
            _everything = false;
            return signal;
        }
    }

    // The semaphore stays: a delivery under way may still release it, and without a wait handle it holds nothing.
    public void Dispose() => _unsubscribe(this);

    /// <param name="payload">Subjects, comma separated; empty = anything.</param>
    internal void Deliver(string payload)
    {
        lock (_gate)
        {
            if (payload.Length == 0 || _subjects.Count >= MaxSubjects)
            {
                _everything = true;
            }
            else
            {
                _subjects.UnionWith(payload.Split(','));
            }

            if (!_pending)
            {
                _pending = true;
                _ready.Release();
            }
        }
    }
}
