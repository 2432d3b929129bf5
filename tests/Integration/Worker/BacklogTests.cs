using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Tests.Support;
using Voxeltron.Ultra;
using Xunit;
using StreamWriter = Voxeltron.CellWorker.StreamWriter;

namespace Voxeltron.Tests.Integration.Worker;

/// <summary>
/// Goal: undurable work is bounded, and after a pause of Postgres the backlog goes in few large commits, not one entry each.
/// Method: a clock moved by hand; the writer section's and the committer's sides of one queue, step by step.
/// </summary>
public sealed class BacklogTests : IDisposable
{
    /// <summary>What the committer takes at most, as <see cref="Committer"/> does.</summary>
    private const int MostPerCommit = 16_384;

    private static readonly TimeSpan s_apart = TimeSpan.FromMicroseconds(10);

    private readonly StoodClock _clock = new();
    private readonly Ed25519Signer _signer = new(new byte[Ed25519.SeedBytes]);
    private readonly WorkerMetrics _metrics = new();
    private readonly StreamQueue _queue;
    private readonly StreamWriter _writer;

    public BacklogTests()
    {
        var committer = new Committer(new HostId(Guid.NewGuid()), _signer, new EmptyJournal(), static _ => { }, _metrics, new Timeline(enabled: false), _clock, NullLogger<Committer>.Instance);
        _queue = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, _clock);
        _queue.FenceOn(0);
        _writer = new StreamWriter(_queue, committer, 0, Chain.Zero, 0, _clock);
    }

    [Fact]
    public void A_backlog_of_a_frozen_journal_goes_in_few_commits()
    {
        // 100,000 a second arrive. The first commit is on its way and hangs for 200 ms.
        Append();
        var inFlight = _queue.Take(MostPerCommit);
        var arrived = 0;
        for (var frozen = TimeSpan.Zero; frozen < TimeSpan.FromMilliseconds(200); frozen += s_apart)
        {
            _clock.Advance(s_apart);
            arrived++;
            if (_queue.HasRoom)
            {
                Append();
                arrived--;
            }
        }

        // 25 ms of work was done, the rest waits at the door.
        Assert.InRange(arrived, 17_000, 18_000);
        _queue.Confirm(inFlight);
        var commits = 0;
        while (arrived > 0 || !_queue.IsDrained)
        {
            var taken = _queue.Take(MostPerCommit);
            commits++;
            Assert.NotEmpty(taken);
            // A commit of 10 ms, during which the writer does what waits.
            for (var i = 0; i < 1_000 && arrived > 0 && _queue.HasRoom; i++)
            {
                _clock.Advance(s_apart);
                Append();
                arrived--;
            }

            _queue.Confirm(taken);
        }

        // Age counted from arrival would leave no room after each single entry: some 17,000 commits.
        Assert.InRange(commits, 2, 30);
    }

    [Fact]
    public async Task A_writer_stopped_by_age_goes_on_when_its_backlog_is_taken_not_only_when_it_is_durable()
    {
        Append();
        Assert.True(_queue.HasRoom);
        _clock.Advance(StreamQueue.LongestFill);
        Assert.False(_queue.HasRoom);
        var waiting = _queue.Progress.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        _queue.Take(MostPerCommit);
        await waiting;
        Assert.True(_queue.HasRoom);
        Assert.Equal(0, _queue.DurableSeq);
    }

    [Fact]
    public void Entries_and_bytes_bound_what_is_not_durable_whether_it_was_taken_or_not()
    {
        for (var i = 0; i < StreamQueue.MostEntries; i++)
        {
            Assert.True(_queue.HasRoom);
            Append();
        }

        Assert.False(_queue.HasRoom);
        var taken = _queue.Take(int.MaxValue);
        Assert.False(_queue.HasRoom);
        _queue.Confirm(taken);
        Assert.True(_queue.HasRoom);

        Append(new byte[Limits.EntryPayloadBytes]);
        Assert.True(_queue.HasRoom);
        Append(new byte[Limits.EntryPayloadBytes]);
        Assert.False(_queue.HasRoom);
    }

    [Fact]
    public void Bytes_bound_what_one_commit_takes_of_a_stream_but_never_stop_it()
    {
        for (var i = 0; i < 3; i++)
        {
            Append(new byte[1_000]);
        }

        Assert.Equal(2, _queue.Take(MostPerCommit, 2_500).Count);
        Assert.Single(_queue.Take(MostPerCommit, 1));
    }

    [Fact]
    public async Task All_streams_of_a_host_share_one_bound_of_bytes_and_are_woken_when_there_is_room()
    {
        var other = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, _clock) { Backlog = _queue.Backlog };
        _queue.Backlog.Add(HostBacklog.MostBytes - 2_000);
        Append(new byte[1_000]);
        Assert.True(other.HasRoom);
        Append(new byte[1_000]);
        Assert.False(_queue.HasRoom);
        Assert.False(other.HasRoom);

        // It has appended nothing, so nothing of its own will ever be durable: only the others' progress can wake it.
        var waiting = other.Progress.WaitAsync(Timeout.InfiniteTimeSpan, CancellationToken.None);
        var taken = _queue.Take(MostPerCommit);
        Assert.False(waiting.IsCompleted);
        _queue.Confirm(taken);
        await waiting;
        Assert.True(other.HasRoom);
    }

    [Fact]
    public void A_dropped_stream_gives_its_bytes_back_once()
    {
        var other = new StreamQueue(new StreamRef(new TenantId("demo"), new StreamId(Guid.NewGuid())), 1, _clock) { Backlog = _queue.Backlog };
        _queue.Backlog.Add(HostBacklog.MostBytes - 1);
        Append(new byte[1_000]);
        var taken = _queue.Take(MostPerCommit);
        Append(new byte[1_000]);
        Assert.False(other.HasRoom);
        _queue.Drop("fenced");
        Assert.True(other.HasRoom);
        _queue.Confirm(taken);
        _queue.Drop("fenced");
        _queue.Backlog.Add(1);
        Assert.False(other.HasRoom);
    }

    public void Dispose()
    {
        _writer.Discard();
        _metrics.Dispose();
        _signer.Dispose();
    }

    private void Append(byte[]? payload = null)
    {
        _writer.Append(new EntryDraft(EntryKinds.EpochBegan, "host/test", "{}", payload, payload is null ? null : new byte[PayloadDigest.SaltBytes]));
        _writer.Flush(StreamProjection.Empty);
    }
}
