using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>Timers fire on <see cref="Fire"/>. A short one is the committer's pause; its idle poll is longer.</summary>
internal sealed class HeldClock : TimeProvider, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _paused = new(0);
    private readonly SemaphoreSlim _idled = new(0);
    private Action _fire = static () => { };

    public async Task PausedAsync(TimeSpan limit) => Assert.True(await _paused.WaitAsync(limit), "the committer did not pause");

    /// <summary>The committer has found nothing to do, once more than this was asked.</summary>
    public async Task IdleAsync(TimeSpan limit) => Assert.True(await _idled.WaitAsync(limit), "the committer did not come to rest");

    /// <summary>A pause began that nobody has waited for.</summary>
    public bool HasPaused => _paused.CurrentCount > 0;

    public void Dispose()
    {
        _paused.Dispose();
        _idled.Dispose();
    }

    public void Fire()
    {
        lock (_gate)
        {
            _fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Held(this, () => callback(state));

    private sealed class Held(HeldClock clock, Action fire) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime >= TimeSpan.Zero && dueTime < TimeSpan.FromMilliseconds(100))
            {
                lock (clock._gate)
                {
                    clock._fire = fire;
                }

                clock._paused.Release();
            }
            else if (dueTime >= TimeSpan.FromMilliseconds(100))
            {
                clock._idled.Release();
            }

            return true;
        }

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
