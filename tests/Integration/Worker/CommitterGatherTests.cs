using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: streams that finish together share a commit, and a stream that takes long delays nobody for longer than the pause.
/// Method: a clock whose timers fire when the test says so; a journal that hands each commit to the test.
/// </summary>
public sealed class CommitterGatherTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _stop = new();
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly WorkerMetrics _metrics = new();
    private readonly HeldClock _clock = new();
    private readonly HandedJournal _journal = new();
    private readonly Committer _committer;
    private readonly Task _running;

    public CommitterGatherTests()
    {
        _committer = new Committer(new HostId(Guid.NewGuid()), _signer, _journal, static _ => { }, _metrics, new Timeline(enabled: false), _clock, NullLogger<Committer>.Instance);
        _running = _committer.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _metrics.Dispose();
        _signer.Dispose();
        _clock.Dispose();
    }

    [Fact]
    public async Task A_stream_alone_is_committed_at_once()
    {
        _committer.TurnBegins();
        Flush();
        Assert.Single((await NextAsync()).Streams);
    }

    [Fact]
    public async Task While_more_are_in_a_turn_than_are_ready_the_commit_waits_for_them()
    {
        await _clock.IdleAsync(s_limit);
        await HoldAsync(3);

        // Two ready, three in a turn; then two of two.
        Flush();
        Assert.False(_journal.Commits.TryRead(out _));
        _committer.TurnEnds();
        Assert.Equal(2, (await NextAsync()).Streams.Count);

        // The same again: one ready, two in a turn; then one of one. Not before it rests: what wakes it earlier shortens the pause.
        await _clock.IdleAsync(s_limit);
        Flush();
        await _clock.PausedAsync(s_limit);
        _committer.TurnEnds();
        Assert.Single((await NextAsync()).Streams);
    }

    [Fact]
    public async Task A_long_turn_delays_a_commit_by_the_pause_and_no_longer()
    {
        await HoldAsync(100);
        _clock.Fire();
        Assert.Single((await NextAsync()).Streams);
    }

    /// <summary>So many turns have begun, one stream is ready, and the committer pauses.</summary>
    private async Task HoldAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            _committer.TurnBegins();
        }

        Flush();
        await _clock.PausedAsync(s_limit);
        Assert.False(_journal.Commits.TryRead(out _));
    }

    /// <summary>A new stream writes one entry.</summary>
    private void Flush()
    {
        var queue = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, _clock);
        queue.FenceOn(0);
        var writer = new StreamWriter(queue, _committer, 0, Chain.Zero, 0, _clock);
        writer.Append(new EntryDraft(EntryKinds.EpochBegan, "host/test", "{}", null, null));
        writer.Flush(StreamProjection.Empty);
    }

    private async Task<CommitBatch> NextAsync()
    {
        using var limit = new CancellationTokenSource(s_limit);
        return await _journal.Commits.ReadAsync(limit.Token);
    }
}
