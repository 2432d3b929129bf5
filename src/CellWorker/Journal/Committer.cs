using System.Collections.Concurrent;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// The one committer of a host: whatever its streams appended while the last commit was in flight becomes the next commit,
/// sealed, in one Postgres transaction. Idle, it commits at once, unless more streams are in a turn than have something to
/// commit: then it gathers for a moment, or one of fifty would be committed alone and forty-nine wait for it.
/// </summary>
/// <remarks>
/// <code>
///  gather ─► take ─► assemble ─► CommitAsync (seals meanwhile) ─► durable ─► confirm, notify, wipe cell keys
///                          ▲               │ fenced: drop those streams, assemble the rest again under the same number
///                          │               │ away: wait, send the same bytes again
///                          └───────────────┘ outcome unknown: look whether the entries stand; if not, send the same bytes again
/// </code>
/// </remarks>
internal sealed partial class Committer(
    HostId host,
    ISigner signer,
    IJournal journal,
    Action<IReadOnlyList<StreamRef>> notify,
    WorkerMetrics metrics,
    Timeline timeline,
    TimeProvider clock,
    ILogger<Committer> log)
{
    /// <summary>Most entries of one stream in one commit. Beyond one or two thousand a commit gains no throughput, only latency.</summary>
    private const int MostEntriesPerStream = 4_096;
    private const int MostEntries = 16_384;

    /// <summary>Bytes of one commit at which no further stream joins it, and of one stream's part in it; a single group may have more.</summary>
    private const long MostBytes = 64 * 1024 * 1024;

    /// <summary>Longest pause before a commit (DESIGN §3.7 allows 5 ms).</summary>
    private static readonly TimeSpan LongestGathering = TimeSpan.FromMilliseconds(3);

    /// <summary>Nothing to do for so long is a pause: what was just released has left for its readers.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);

    private readonly CommitAssembly _assembly = new(host, signer);

    // Streams with something to commit, each at most once, in the order they asked: nobody is passed over when a commit is full.
    private readonly ConcurrentQueue<StreamQueue> _ready = new();
    private readonly AsyncSignal _wake = new(clock);
    private int _turns;
    private volatile bool _gathering;
    private byte[] _previous = CommitBuilder.FirstPrevious;
    private long _number;

    /// <summary>Clears up when nothing is under way; null: nobody does.</summary>
    public IdleCollector? Idle { get; init; }

    /// <summary>What this host's streams have not made durable yet.</summary>
    public HostBacklog Backlog { get; } = new();

    public long Number => Volatile.Read(ref _number);

    /// <summary>The queue has entries, or ended: it has its turn in one of the next commits.</summary>
    public void Wake(StreamQueue queue)
    {
        if (queue.TryList())
        {
            _ready.Enqueue(queue);
        }

        if (!_gathering || IsGathered)
        {
            _wake.Set();
        }
    }

    /// <summary>Streams in a turn now.</summary>
    public int Turns => Volatile.Read(ref _turns);

    /// <summary>A stream was given work: its entries are to be expected.</summary>
    public void TurnBegins() => Interlocked.Increment(ref _turns);

    /// <summary>What it was given is done, whether or not it left entries.</summary>
    public void TurnEnds()
    {
        Interlocked.Decrement(ref _turns);
        if (_gathering && IsGathered)
        {
            _wake.Set();
        }
    }

    private bool IsGathered => Turns <= _ready.Count;

    /// <summary>Runs until cancelled. Cancel only after the owners stopped and drained: what is not durable by then dies with the host.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await GatherAsync(cancel);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            var parts = Take();
            if (parts.Count > 0)
            {
                await MakeDurableAsync(parts, cancel);
            }
        }
    }

    /// <summary>Waits until something is listed, and then while more is on its way than is there, but not for long: a turn may be a long one.</summary>
    private async Task GatherAsync(CancellationToken cancel)
    {
        if (_ready.IsEmpty && Idle is { IsWorthwhile: true })
        {
            await RestAsync(Idle, cancel);
        }

        if (_ready.IsEmpty)
        {
            await _wake.WaitAsync(IdlePoll, cancel);
        }

        if (_ready.IsEmpty || IsGathered)
        {
            return;
        }

        _gathering = true;
        try
        {
            // Looked at again: what became true just before the flag was up woke nobody. A wake-up from before it costs a shorter pause.
            if (!IsGathered)
            {
                await _wake.WaitAsync(LongestGathering, cancel);
            }
        }
        finally
        {
            _gathering = false;
        }
    }

    private async Task RestAsync(IdleCollector idle, CancellationToken cancel)
    {
        await _wake.WaitAsync(Breath, cancel);
        if (_ready.IsEmpty && Turns == 0)
        {
            idle.Collect();
        }
    }

    private List<CommitPart> Take()
    {
        var parts = new List<CommitPart>();
        var count = 0;
        var bytes = 0L;
        // As many as are listed now: one that is listed again while we look comes after them, so a stream has one part in a commit.
        for (var listed = _ready.Count; listed > 0 && count < MostEntries && bytes < MostBytes && _ready.TryDequeue(out var queue); listed--)
        {
            // Before the entries are taken: what is added meanwhile lists the queue anew.
            queue.Unlist();
            var groups = queue.Take(MostEntriesPerStream, MostBytes - bytes);
            if (groups.Count == 0)
            {
                continue;
            }

            var part = new CommitPart(queue, groups);
            parts.Add(part);
            count += part.Entries.Count;
            bytes += part.Bytes;
            if (!queue.IsDrained && queue.TryList())
            {
                _ready.Enqueue(queue);
            }
        }

        parts.Sort(static (a, b) => a.Queue.Stream.CompareTo(b.Queue.Stream));
        return parts;
    }

    private async Task MakeDurableAsync(List<CommitPart> parts, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        while (parts.Count > 0)
        {
            var batch = _assembly.Assemble(parts, _number + 1, _previous, clock.NowUs());
            CommitOutcome outcome;
            try
            {
                outcome = await SendAsync(batch, Entries(parts), cancel);
            }
            catch (InvariantException bug)
            {
                await ContainAsync(parts, bug, cancel);
                return;
            }
            catch
            {
                parts.ForEach(static part => WipeKeys(part.Groups));
                throw;
            }

            if (outcome is CommitOutcome.Fenced fenced)
            {
                DropFenced(parts, fenced);
                continue;
            }

            _previous = Statements.Link((await batch.Sealing).Commit);
            Volatile.Write(ref _number, batch.Number);
            Release(parts);
            metrics.Committed(Entries(parts), parts.Count, clock.GetElapsedTime(started));
            return;
        }
    }

    /// <summary>The database will not have these rows: a bug, and one stream's. The others are committed one by one; the one at fault is given up.</summary>
    private async Task ContainAsync(List<CommitPart> parts, InvariantException bug, CancellationToken cancel)
    {
        if (parts.Count > 1)
        {
            foreach (var part in parts)
            {
                await MakeDurableAsync([part], cancel);
            }

            return;
        }

        LogRefused(log, parts[0].Queue.Stream.ToString(), bug);
        WipeKeys(parts[0].Groups);
        parts[0].Queue.Drop("refused_by_journal");
    }

    /// <summary>Sends the same bytes until the database has said what became of them.</summary>
    private async Task<CommitOutcome> SendAsync(CommitBatch batch, int entries, CancellationToken cancel)
    {
        try
        {
            return await SendUntilAnsweredAsync(batch, entries, cancel);
        }
        finally
        {
            // Whatever came of it: until then the keys are in use, and the caller may wipe them.
            await ((Task)batch.Sealing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<CommitOutcome> SendUntilAnsweredAsync(CommitBatch batch, int entries, CancellationToken cancel)
    {
        var backoff = FirstBackoff;
        var mayStand = false;
        while (true)
        {
            try
            {
                if (mayStand && await StandsAsync(batch, cancel))
                {
                    return CommitOutcome.Durable.Instance;
                }

                var outcome = await journal.CommitAsync(batch, cancel);
                if (outcome is CommitOutcome.Fenced && mayStand && await StandsAsync(batch, cancel))
                {
                    // The transaction we had lost sight of finished after we looked; its own head update fenced the second try.
                    return CommitOutcome.Durable.Instance;
                }

                return outcome;
            }
            catch (JournalUnavailableException away)
            {
                mayStand |= away.Indeterminate;
                LogAway(log, batch.Number, entries, away.Indeterminate, away.Message);
                metrics.JournalAway();
                await Task.Delay(backoff, clock, cancel);
                backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            }
        }
    }

    /// <summary>Whether the batch is in the journal. One stream's last entry tells: the transaction was atomic.</summary>
    private async Task<bool> StandsAsync(CommitBatch batch, CancellationToken cancel)
    {
        var last = batch.Streams[0].Entries[^1];
        await foreach (var entry in journal.ReadAsync(last.Header.Tenant, last.Header.Stream, last.Header.Seq - 1, cancel))
        {
            return entry.Chain.AsSpan().SequenceEqual(last.Chain);
        }

        return false;
    }

    private void DropFenced(List<CommitPart> parts, CommitOutcome.Fenced fenced)
    {
        foreach (var (tenant, stream) in fenced.Streams)
        {
            var at = parts.FindIndex(part => part.Queue.Stream == new StreamRef(tenant, stream));
            if (at < 0)
            {
                throw new InvariantException($"The journal fenced {tenant}/{stream}, which was not in the commit.");
            }

            var queue = parts[at].Queue;
            LogFenced(log, queue.Stream.ToString(), queue.Epoch);
            metrics.Fenced();
            queue.Drop("fenced");
            WipeKeys(parts[at].Groups);
            parts.RemoveAt(at);
        }
    }

    private static int Entries(List<CommitPart> parts) => parts.Sum(static part => part.Entries.Count);

    private void Release(List<CommitPart> parts)
    {
        var changed = new List<StreamRef>(parts.Count);
        var now = clock.GetTimestamp();
        foreach (var part in parts)
        {
            WipeKeys(part.Groups);
            timeline.Durable(part.Queue.Stream, part.Entries[^1].Header.Seq, now);
            part.Queue.Confirm(part.Groups);
            foreach (var group in part.Groups)
            {
                timeline.Actions.Released(group.AppendedAt, group.Entries.Count, now);
            }

            changed.Add(part.Queue.Stream);
        }

        notify(changed);
    }

    private static void WipeKeys(List<EntryGroup> groups)
    {
        foreach (var group in groups)
        {
            foreach (var request in group.CellSeals)
            {
                request.Release();
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Commit {Number} of {Entries} entries could not be sent (outcome unknown: {Indeterminate}): {Reason}. It is kept and sent again.")]
    private static partial void LogAway(ILogger log, long number, int entries, bool indeterminate, string reason);

    [LoggerMessage(3, LogLevel.Error, "The journal refused what {Stream} wrote. The stream is given up here; its next owner starts from what is durable.")]
    private static partial void LogRefused(ILogger log, string stream, Exception bug);

    [LoggerMessage(2, LogLevel.Warning, "Stream {Stream} was fenced at epoch {Epoch}: another host owns it now. Its cells here are stopped.")]
    private static partial void LogFenced(ILogger log, string stream, long epoch);
}
