using System.Collections.Concurrent;
using System.Threading.Channels;
using Voxeltron.Kernel;

namespace Voxeltron.CellWorker;

/// <param name="Target">Namespaces of one profile that lie here at first.</param>
/// <param name="Most">However many misses there were.</param>
internal sealed record SpaceStockOptions(int Target = 8, int Most = 64)
{
    /// <summary>Nobody took one for so long: all of them go back.</summary>
    public TimeSpan IdleAfter { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Nobody took one for so long, and nobody has one: the broker need not keep any either.</summary>
    public TimeSpan ForgetAfter { get; init; } = TimeSpan.FromMinutes(10);
}

/// <param name="Lease">Null when it was not given; <see cref="Reply"/> says why.</param>
/// <param name="IsHit">It lay ready, here or at the broker.</param>
internal sealed record SpaceTaken(SpaceLease? Lease, BrokerReply Reply, bool IsHit);

/// <summary>
/// A few taken namespaces of each profile, so that taking one costs a dequeue on the caller's thread: no system call, no wait. One loop in the
/// background takes from the broker what is missing, gives back what was used, and what nobody wants any more.
/// </summary>
internal sealed class SpaceStock : IAsyncDisposable
{
    private const int MostAtOnce = 64;

    /// <summary>Lying here, all profiles together: a quarter of what a broker usually has, which others want too.</summary>
    private const int MostLying = 64;

    /// <summary>Raised on the loop, before anything else is taken of that profile: it has to be declared again.</summary>
    public event Action<string>? Forgotten;

    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(1);

    private readonly BrokerConnection _connection;
    private readonly SpaceStockOptions _options;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, Shelf> _shelves = new();

    /// <summary>Never more than the broker has namespaces.</summary>
    private readonly ConcurrentQueue<SpaceLease> _used = new();

    /// <summary>One word means: look at everything.</summary>
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SpaceStock(BrokerConnection connection, SpaceStockOptions? options = null, TimeProvider? time = null)
    {
        (_connection, _options, _time) = (connection, options ?? new SpaceStockOptions(), time ?? TimeProvider.System);
        _connection.Changed += Wake;
        _loop = Task.Run(() => RunAsync(_stop.Token));
    }

    public long Epoch => _connection.Epoch;

    /// <summary>How many lie here for the profile.</summary>
    public int Count(string digest) => _shelves.TryGetValue(digest, out var shelf) ? shelf.Ready.Count : 0;

    /// <summary>Some shall lie here before the first is asked for. The profile has been declared.</summary>
    public void Prepare(string digest)
    {
        Of(digest).LastTaken = _time.GetTimestamp();
        Wake();
    }

    // Hot path: on a mission's thread; no system call, no allocation.
    public bool TryTake(string digest, out SpaceLease lease)
    {
        var shelf = Of(digest);
        shelf.LastTaken = _time.GetTimestamp();
        while (shelf.Ready.TryDequeue(out lease!))
        {
            if (!lease.IsLost)
            {
                Interlocked.Increment(ref shelf.Held);
                Wake();
                return true;
            }
        }

        shelf.Target = Math.Min(shelf.Target * 2, _options.Most);
        Wake();
        return false;
    }

    /// <summary>Asks the broker, because none lies here; and takes what comes to the shelf meanwhile, if that is earlier: a profile that was just
    /// declared has as many on their way as shall lie here, and they were asked for before this one.</summary>
    /// <exception cref="OperationCanceledException">By the caller; a timeout is an answer.</exception>
    public async Task<SpaceTaken> TakeNowAsync(string digest, TimeSpan timeout, CancellationToken cancel)
    {
        var shelf = Of(digest);
        // Before it is asked for: the shelf stays meanwhile.
        Interlocked.Increment(ref shelf.Held);
        var isHeld = false;
        try
        {
            var taken = await FirstAsync(digest, shelf, timeout, cancel);
            isHeld = taken.Lease is not null;
            return taken;
        }
        finally
        {
            if (!isHeld)
            {
                Interlocked.Decrement(ref shelf.Held);
            }
        }
    }

    private async Task<SpaceTaken> FirstAsync(string digest, Shelf shelf, TimeSpan timeout, CancellationToken cancel)
    {
        var turn = new TaskCompletionSource<SpaceLease>(TaskCreationOptions.RunContinuationsAsynchronously);
        shelf.Waiting.Enqueue(turn);
        var asked = AskAsync(digest, timeout, cancel);
        await Task.WhenAny(asked, turn.Task);
        if (turn.TrySetCanceled(CancellationToken.None))
        {
            // Whoever was answered leaves the queue, or a broker that gives nothing would let it grow. One too many taken out still has its own answer.
            while (shelf.Waiting.TryPeek(out var first) && first.Task.IsCompleted)
            {
                shelf.Waiting.TryDequeue(out _);
            }

            return await asked;
        }

        // Given by the shelf. What was asked for comes to it instead.
        _ = ShelveAsync(asked, shelf);
        return new SpaceTaken(await turn.Task, new BrokerReply(0), IsHit: false);
    }

    private async Task ShelveAsync(Task<SpaceTaken> asked, Shelf shelf)
    {
        try
        {
            var taken = await asked;
            if (taken.Lease is { } lease)
            {
                Shelve(lease, shelf);
            }
            else
            {
                // Others may give back meanwhile; asking on and on would not hurry them.
                shelf.RefusedAt = _time.GetTimestamp();
            }
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone, and the connection gives back what still comes.
        }
    }

    /// <summary>To who waits for one, else onto the shelf.</summary>
    private static void Shelve(SpaceLease lease, Shelf shelf)
    {
        while (shelf.Waiting.TryDequeue(out var turn))
        {
            if (turn.TrySetResult(lease))
            {
                return;
            }
        }

        shelf.Ready.Enqueue(lease);
    }

    private async Task<SpaceTaken> AskAsync(string digest, TimeSpan timeout, CancellationToken cancel)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        time.CancelAfter(timeout);
        try
        {
            var answer = await _connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Take) { Digest = digest }, time.Token);
            return answer.Reply is { Code: null, Space: { } space, Generation: { } generation }
                ? new SpaceTaken(new SpaceLease(this, digest, space, generation, answer.Epoch), answer.Reply, answer.Reply.Hit == true)
                : new SpaceTaken(null, answer.Reply, IsHit: false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SpaceTaken(null, BrokerAnswer.Away($"The broker gave no namespace within {timeout.TotalMilliseconds:F0} ms.").Reply, IsHit: false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Changed -= Wake;
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>By the last holder of the lease.</summary>
    internal void GiveBack(SpaceLease lease)
    {
        var shelf = Of(lease.Digest);
        Put(lease, shelf);
        // Last: while it is held the shelf stays.
        Interlocked.Decrement(ref shelf.Held);
    }

    private void Put(SpaceLease lease, Shelf shelf)
    {
        if (lease.IsLost)
        {
            return;
        }

        // Most cells that may call never do. Nothing was ever opened in theirs, so there is nothing to clean: it is as it was taken.
        if (!lease.WasUsed && shelf.Ready.Count < shelf.Target)
        {
            Shelve(new SpaceLease(this, lease.Digest, lease.Space, lease.Generation, lease.Epoch), shelf);
            return;
        }

        _used.Enqueue(lease);
        Wake();
    }

    private Shelf Of(string digest) => _shelves.GetOrAdd(digest, static (_, stock) => new Shelf { Target = stock._options.Target, LastTaken = stock._time.GetTimestamp() }, this);

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new Timer(static stock => ((SpaceStock)stock!).Wake(), this, s_period, s_period);
        try
        {
            while (await _wake.Reader.WaitToReadAsync(cancel))
            {
                _wake.Reader.TryRead(out _);
                await ReleaseAsync(cancel);
                foreach (var (digest, shelf) in _shelves)
                {
                    if (_time.GetElapsedTime(shelf.LastTaken) > _options.IdleAfter)
                    {
                        shelf.Target = _options.Target;
                        Clear(shelf);
                        if (_time.GetElapsedTime(shelf.LastTaken) > _options.ForgetAfter && Volatile.Read(ref shelf.Held) <= 0 && _shelves.TryRemove(digest, out _))
                        {
                            // Whoever took the shelf a moment ago finds the profile undeclared, and declares it; what was put onto it meanwhile goes back.
                            Clear(shelf);
                            Forgotten?.Invoke(digest);
                            await _connection.ForgetAsync(digest, cancel);
                        }
                    }
                    else
                    {
                        // Profiles that came first must not have all that may lie here.
                        var share = Math.Max(1, MostLying / Math.Max(1, _shelves.Count));
                        Clear(shelf, share);
                        await FillAsync(digest, shelf, share, cancel);
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to end. The connection's end gives everything back.
        }
    }

    /// <summary>All that was used meanwhile, at once: each is a word to the broker and back.</summary>
    private async Task ReleaseAsync(CancellationToken cancel)
    {
        var said = new List<Task>();
        while (said.Count < MostAtOnce && _used.TryDequeue(out var lease))
        {
            if (!lease.IsLost)
            {
                // Whatever is answered: it was ours to give back, or is gone with the broker.
                said.Add(_connection.AskAsync(new BrokerRequest(0, BrokerProtocol.Release) { Space = lease.Space, Generation = lease.Generation }, cancel));
            }
        }

        await Task.WhenAll(said);
        if (!_used.IsEmpty)
        {
            Wake();
        }
    }

    /// <summary>What is missing at this moment, at once. What is taken meanwhile is the next turn's: releases come between, or one who takes
    /// faster than this fills would have all namespaces and give none back.</summary>
    /// <param name="share">More of it need not lie here.</param>
    private async Task FillAsync(string digest, Shelf shelf, int share, CancellationToken cancel)
    {
        while (shelf.Ready.TryPeek(out var first) && first.IsLost)
        {
            shelf.Ready.TryDequeue(out _);
        }

        var missing = Math.Min(Math.Min(Math.Min(shelf.Target, share) - shelf.Ready.Count, MostAtOnce), MostLying - _shelves.Values.Sum(static one => one.Ready.Count));
        if (Epoch == 0 || missing <= 0 || _time.GetElapsedTime(shelf.RefusedAt) <= s_period)
        {
            return;
        }

        // Each onto the shelf as it comes: somebody may wait for the first.
        await Task.WhenAll(Enumerable.Range(0, missing).Select(_ => ShelveAsync(AskAsync(digest, s_period, cancel), shelf)));

        if (shelf.Ready.Count < shelf.Target && missing == MostAtOnce)
        {
            Wake();
        }
    }

    /// <summary>The broker has none left: what lies here for other profiles goes back to it, and is not taken again at once.</summary>
    public void GiveWay(string digest)
    {
        foreach (var (other, shelf) in _shelves)
        {
            if (other != digest)
            {
                // First, since the loop may look between the two: as if it had been refused itself.
                Volatile.Write(ref shelf.RefusedAt, _time.GetTimestamp());
                Clear(shelf);
            }
        }
    }

    private void Clear(Shelf shelf, int but = 0)
    {
        // To the broker, not back onto the shelf.
        while (shelf.Ready.Count > but && shelf.Ready.TryDequeue(out var lease))
        {
            _used.Enqueue(lease);
            Wake();
        }
    }

    private sealed class Shelf
    {
        public ConcurrentQueue<SpaceLease> Ready { get; } = new();

        /// <summary>Who asked the broker because none lay here, in order. Those that were answered otherwise are passed over.</summary>
        public ConcurrentQueue<TaskCompletionSource<SpaceLease>> Waiting { get; } = new();

        /// <summary>Written by any taker and by the loop: a lost update is a smaller stock for a moment.</summary>
        public volatile int Target;

        /// <summary>Given out, or asked for by somebody who waits.</summary>
        public int Held;

        /// <summary>Timestamps.</summary>
        public long LastTaken;
        public long RefusedAt = long.MinValue / 2;
    }
}
