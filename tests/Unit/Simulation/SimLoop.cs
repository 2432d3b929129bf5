namespace Voxeltron.Tests.Unit.Simulation;

/// <summary>
/// Everything of a simulated fabric runs here: one thread, one clock that moves only when nothing else can happen or a slice
/// has run, and an order of slices drawn from the seed. A slice is what runs between two awaits, so the same seed interleaves the
/// real code in the same way again.
/// </summary>
internal sealed class SimLoop(Random random)
{
    /// <summary>What one slice costs at most, so that a busy host sees time pass.</summary>
    private const int MostSliceUs = 20;

    private readonly List<SimContext> _contexts = [];
    private readonly PriorityQueue<SimTimer.Due, (long AtUs, long Order)> _timers = new();
    private long _order;

    public long NowUs { get; private set; }

    public long Slices { get; private set; }

    /// <summary>Of every decision taken: two runs that differ anywhere differ here.</summary>
    public ulong Trace { get; private set; } = 14_695_981_039_346_656_037;

    public SimContext Context(string name)
    {
        var context = new SimContext(name, _contexts.Count);
        _contexts.Add(context);
        return context;
    }

    public void Schedule(SimTimer.Due due, long atUs) => _timers.Enqueue(due, (atUs, _order++));

    /// <summary>Runs until <paramref name="done"/>, or until nothing is left to happen.</summary>
    /// <returns>Whether it was done, within so many microseconds of simulated time.</returns>
    public bool RunUntil(Func<bool> done, long mostUs)
    {
        var before = SynchronizationContext.Current;
        var untilUs = NowUs + mostUs;
        try
        {
            while (!done())
            {
                if (NowUs > untilUs || !Step())
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private bool Step()
    {
        FireDue();
        var able = 0;
        foreach (var context in _contexts)
        {
            able += context.Ready;
        }

        if (able == 0)
        {
            if (!_timers.TryPeek(out _, out var next))
            {
                return false;
            }

            NowUs = Math.Max(NowUs, next.AtUs);
            return true;
        }

        var drawn = random.Next(able);
        foreach (var context in _contexts)
        {
            if (drawn < context.Ready)
            {
                Slices++;
                Trace = (Trace ^ (ulong)(((long)context.Number << 40) ^ NowUs)) * 1_099_511_628_211;
                context.RunOne(drawn);
                break;
            }

            drawn -= context.Ready;
        }

        NowUs += random.Next(MostSliceUs);
        return true;
    }

    private void FireDue()
    {
        while (_timers.TryPeek(out var due, out var at) && at.AtUs <= NowUs)
        {
            _timers.Dequeue();
            due.Fire();
        }
    }
}

/// <summary>Where the slices of one process wait. A process that was killed runs none any more; one that is frozen runs them when it is continued.</summary>
internal sealed class SimContext(string name, int number) : SynchronizationContext
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _ready = [];

    public string Name => name;

    public int Number => number;

    public bool IsDead { get; private set; }

    public bool IsFrozen { get; set; }

    public int Ready => IsDead || IsFrozen ? 0 : _ready.Count;

    public void Kill()
    {
        IsDead = true;
        _ready.Clear();
    }

    public void Run(Action slice) => Post(static run => ((Action)run!)(), slice);

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (!IsDead)
        {
            _ready.Add((d, state));
        }
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException();

    public override SynchronizationContext CreateCopy() => this;

    public void RunOne(int index)
    {
        var (callback, state) = _ready[index];
        _ready.RemoveAt(index);
        SetSynchronizationContext(this);
        callback(state);
    }
}

/// <summary>The clock of one process: the loop's time, seen with an error of its own. Its timers run in the process.</summary>
internal sealed class SimClock(SimLoop loop, SimContext context, long errorUs) : TimeProvider
{
    private static readonly DateTimeOffset s_began = DateTimeOffset.FromUnixTimeMilliseconds(Ultra.LogBuilder.StartUs / 1_000) + TimeSpan.FromMinutes(1);

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => loop.NowUs;

    public override DateTimeOffset GetUtcNow() => s_began + TimeSpan.FromMicroseconds(loop.NowUs + errorUs);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(loop, context, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer that fires once for each setting, as the product's do.</summary>
internal sealed class SimTimer(SimLoop loop, SimContext context, Action callback) : ITimer
{
    private Due? _due;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
        {
            throw new NotSupportedException("periodic timers");
        }

        _due?.Cancel();
        _due = null;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            _due = new Due(this);
            loop.Schedule(_due, loop.NowUs + (dueTime.Ticks / TimeSpan.TicksPerMicrosecond));
        }

        return true;
    }

    public void Dispose() => _due?.Cancel();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>One setting of a timer.</summary>
    internal sealed class Due(SimTimer timer)
    {
        private bool _cancelled;

        public void Cancel() => _cancelled = true;

        public void Fire()
        {
            if (!_cancelled)
            {
                timer.Post(this);
            }
        }

        public void Run(Action callback)
        {
            if (!_cancelled)
            {
                callback();
            }
        }
    }

    private void Post(Due due) => context.Run(() => due.Run(callback));
}
