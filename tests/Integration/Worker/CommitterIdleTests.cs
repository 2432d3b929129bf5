using Voxeltron.CellWorker;
using Xunit;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: garbage is collected while nothing is under way, and never in the midst of work.
/// Method: a committer whose timers fire when the test says so, a heap that is a number, collections that are counted.
/// </summary>
public sealed class CommitterIdleTests : IAsyncDisposable
{
    private readonly SemaphoreSlim _collected = new(0);
    private readonly IdleCollector _collector;
    private readonly CommitterRig _rig;
    private long _allocated;
    private int _collections;

    public CommitterIdleTests()
    {
        _collector = new IdleCollector(() => Volatile.Read(ref _allocated), () => Volatile.Read(ref _collections), () =>
        {
            Interlocked.Increment(ref _collections);
            _collected.Release();
        });
        _rig = new CommitterRig(_collector);
    }

    public async ValueTask DisposeAsync()
    {
        await _rig.DisposeAsync();
        _collected.Dispose();
    }

    [Fact]
    public async Task When_nothing_is_under_way_what_is_dead_is_collected()
    {
        _allocated = IdleCollector.WorthwhileBytes;
        await RestAsync();
        _rig.Clock.Fire();
        Assert.True(await _collected.WaitAsync(CommitterRig.Limit), "nothing was collected");
    }

    [Fact]
    public async Task A_turn_that_began_meanwhile_is_not_held_up()
    {
        _allocated = IdleCollector.WorthwhileBytes;
        await RestAsync();
        _rig.Committer.TurnBegins();
        _rig.Clock.Fire();
        await CommitOneAsync();
        Assert.Equal(0, _collections);
    }

    [Fact]
    public async Task Work_that_is_ready_before_the_pause_ends_goes_first()
    {
        _allocated = IdleCollector.WorthwhileBytes;
        await RestAsync();
        await CommitOneAsync();
        Assert.Equal(0, _collections);
    }

    [Fact]
    public async Task Little_garbage_is_left_where_it_is()
    {
        _allocated = IdleCollector.WorthwhileBytes - 1;
        _rig.Start();
        await CommitOneAsync();
        await CommitOneAsync();
        Assert.Equal(0, _collections);
        Assert.False(_rig.Clock.HasPaused);
    }

    [Fact]
    public void What_the_runtime_collected_itself_counts_no_more()
    {
        _allocated = 3 * IdleCollector.WorthwhileBytes;
        Assert.True(_collector.IsWorthwhile);
        _collections++;
        Assert.False(_collector.IsWorthwhile);
        _allocated += IdleCollector.WorthwhileBytes;
        Assert.True(_collector.IsWorthwhile);
        _collector.Collect();
        Assert.False(_collector.IsWorthwhile);
    }

    private async Task RestAsync()
    {
        _rig.Start();
        await _rig.Clock.PausedAsync(CommitterRig.Limit);
    }

    private async Task CommitOneAsync()
    {
        _rig.WriteOne();
        await _rig.NextAsync();
    }
}
