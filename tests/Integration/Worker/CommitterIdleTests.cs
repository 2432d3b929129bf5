using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: garbage is collected while nothing is under way, and never in the midst of work.
/// Method: a clock whose timers fire when the test says so, a heap that is a number, collections that are counted.
/// </summary>
public sealed class CommitterIdleTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _stop = new();
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly WorkerMetrics _metrics = new();
    private readonly HeldClock _clock = new();
    private readonly HandedJournal _journal = new();
    private readonly SemaphoreSlim _collected = new(0);
    private readonly IdleCollector _collector;
    private readonly Committer _committer;
    private Task _running = Task.CompletedTask;
    private long _allocated;
    private int _collections;

    public CommitterIdleTests()
    {
        _collector = new IdleCollector(() => Volatile.Read(ref _allocated), () => Volatile.Read(ref _collections), () =>
        {
            Interlocked.Increment(ref _collections);
            _collected.Release();
        });
        _committer = new Committer(new HostId(Guid.NewGuid()), _signer, _journal, static _ => { }, _metrics, new Timeline(enabled: false), _clock, NullLogger<Committer>.Instance)
        {
            Idle = _collector,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _collected.Dispose();
        _metrics.Dispose();
        _signer.Dispose();
        _clock.Dispose();
    }

    [Fact]
    public async Task When_nothing_is_under_way_what_is_dead_is_collected()
    {
        _allocated = IdleCollector.WorthwhileBytes;
        await RestAsync();
        _clock.Fire();
        Assert.True(await _collected.WaitAsync(s_limit), "nothing was collected");
    }

    [Fact]
    public async Task A_turn_that_began_meanwhile_is_not_held_up()
    {
        _allocated = IdleCollector.WorthwhileBytes;
        await RestAsync();
        _committer.TurnBegins();
        _clock.Fire();
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
        _running = _committer.RunAsync(_stop.Token);
        await CommitOneAsync();
        await CommitOneAsync();
        Assert.Equal(0, _collections);
        Assert.False(_clock.HasPaused);
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
        _running = _committer.RunAsync(_stop.Token);
        await _clock.PausedAsync(s_limit);
    }

    /// <summary>A new stream writes one entry; returns when its commit is handed on.</summary>
    private async Task CommitOneAsync()
    {
        var queue = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, _clock);
        queue.FenceOn(0);
        var writer = new StreamWriter(queue, _committer, 0, Chain.Zero, 0, _clock);
        writer.Append(new EntryDraft(EntryKinds.EpochBegan, "host/test", "{}", null, null));
        writer.Flush(StreamProjection.Empty);
        using var limit = new CancellationTokenSource(s_limit);
        await _journal.Commits.ReadAsync(limit.Token);
    }
}
