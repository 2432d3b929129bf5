using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Voxeltron.CellWorker;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.Benchmarks;

/// <summary>
/// The real committer over the real journal, fed by one writer thread that goes round its streams as writer sections do.
/// Bounded like a worker: a stream whose queue is full is passed over until the committer has caught up.
/// </summary>
internal sealed class LogLoad : IAsyncDisposable
{
    private readonly PostgresJournal _journal;
    private readonly Notifier _notifier;
    private readonly WorkerMetrics _metrics = new();
    private readonly Committer _committer;
    private readonly CancellationTokenSource _stop = new();
    private readonly ManualResetEventSlim _progress = new();
    private readonly ConcurrentQueue<(long At, int Entries, int Streams)> _commits = new();
    private readonly ConcurrentQueue<(long At, int Entries, double Ms)> _released = new();
    private readonly Dictionary<StreamRef, LogStream> _byRef;
    private readonly LogStream[] _streams;
    private readonly Task _running;

    public LogLoad(BenchFabric fabric, HostIdentity identity, int streams)
    {
        var clock = TimeProvider.System;
        _journal = new PostgresJournal(fabric.Database);
        _notifier = new Notifier(fabric.Database, Channels.Journal, NullLogger.Instance);
        _notifier.Start();
        _committer = new Committer(
            identity.Host, identity.Signer, _journal, Released, _metrics, new Timeline(enabled: false), clock, NullLogger<Committer>.Instance);
        _streams = [.. Enumerable.Range(0, streams).Select(_ => new LogStream(fabric.Tenant, identity, _committer, clock))];
        _byRef = _streams.ToDictionary(static stream => stream.Queue.Stream);
        _running = Task.Run(() => _committer.RunAsync(_stop.Token));
    }

    public long Appended => _streams.Sum(static stream => stream.Appended);

    public long Durable => _streams.Sum(static stream => stream.Queue.DurableSeq);

    public Guid[] StreamIds => [.. _streams.Select(static stream => stream.Queue.Stream.Stream.Value)];

    /// <summary>Appends as fast as the committer takes it, for the time given. Blocks its thread.</summary>
    public void Saturate(TimeSpan time, int entriesPerTurn, CancellationToken cancel)
    {
        var end = Ticks.Now + (long)(time.TotalSeconds * System.Diagnostics.Stopwatch.Frequency);
        while (Ticks.Now < end)
        {
            _progress.Reset();
            var any = false;
            foreach (var stream in _streams)
            {
                if (stream.Queue.HasRoom)
                {
                    stream.Append(entriesPerTurn);
                    any = true;
                }
            }

            if (!any)
            {
                _progress.Wait(TimeSpan.FromSeconds(1), cancel);
            }

            ThrowIfFailed();
        }
    }

    /// <summary>Appends at a fixed rate whatever the committer does, one turn a stream after another.</summary>
    /// <returns>Entries that could not be offered because every queue was full.</returns>
    public async Task<long> PaceAsync(TimeSpan time, int entriesPerS, int entriesPerTurn, CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var begin = Ticks.Now;
        long offered = 0;
        long missed = 0;
        var next = 0;
        double elapsed;
        while ((elapsed = Ticks.Seconds(begin, Ticks.Now)) < time.TotalSeconds)
        {
            for (; offered < elapsed * entriesPerS; offered += entriesPerTurn)
            {
                var stream = _streams[next++ % _streams.Length];
                if (stream.Queue.HasRoom)
                {
                    stream.Append(entriesPerTurn);
                }
                else
                {
                    missed += entriesPerTurn;
                }
            }

            ThrowIfFailed();
            await timer.WaitForNextTickAsync(cancel);
        }

        return missed;
    }

    public async Task DrainAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Durable < Appended)
        {
            ThrowIfFailed();
            await timer.WaitForNextTickAsync(cancel);
        }
    }

    /// <summary>What became durable after <paramref name="from"/>, up to <paramref name="to"/>.</summary>
    public LogSample Sample(long from, long to)
    {
        var commits = _commits.Where(c => c.At > from && c.At <= to).ToList();
        var released = _released.Where(r => r.At > from && r.At <= to).ToList();
        return new LogSample(commits, released);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _notifier.DisposeAsync();
        await _journal.DisposeAsync();
        _metrics.Dispose();
        _stop.Dispose();
        _progress.Dispose();
    }

    private void ThrowIfFailed()
    {
        if (_running.IsFaulted)
        {
            _running.GetAwaiter().GetResult();
        }
    }

    // On the committer's thread, where a worker's own callback runs too.
    private void Released(IReadOnlyList<StreamRef> changed)
    {
        var now = Ticks.Now;
        var entries = 0;
        foreach (var reference in changed)
        {
            _notifier.Notify(reference.ToString());
            _byRef[reference].Released((count, appended) =>
            {
                entries += count;
                _released.Enqueue((now, count, Ticks.Ms(appended, now)));
            });
        }

        _commits.Enqueue((now, entries, changed.Count));
        _progress.Set();
    }
}
