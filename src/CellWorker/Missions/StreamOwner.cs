using System.Threading.Channels;
using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// The writer section of one stream in one epoch: recovers by folding the log, declares its epoch, then turns intents and
/// due work into entries until the stream ends, is fenced, or the host stops.
/// </summary>
/// <remarks>
/// Whatever is lost from memory is read again: an intent the queue had no room for is still pending in the inbox, and the
/// pump offers it again. <see cref="_taken"/> keeps an intent from being appended twice: a row the pump read before its
/// commit may arrive here long after it, so ids are kept for the epoch (about 40 bytes each; a mission's items are bounded).
/// </remarks>
internal sealed partial class StreamOwner(
    ClaimedLease lease,
    HostId host,
    KeyId hostKey,
    IStreamHandler handler,
    IJournal journal,
    Committer committer,
    IntentCheck check,
    TimeProvider clock,
    ILogger log,
    ISnapshotShelf? shelf = null,
    SnapshotOptions? snapshotOptions = null)
{
    /// <summary>States of <see cref="_turn"/>. An ended owner may still be offered something, and nothing is to be expected of it.</summary>
    private const int Idle = 0;
    private const int InTurn = 1;
    private const int Ended = 2;

    private const int InboxCapacity = 4_096;
    private const int IntentsPerTurn = 256;

    /// <summary>Payload bytes waiting in the inbox queue, and taken in one turn. One intent always fits.</summary>
    private const long InboxBytes = 32 * 1024 * 1024;
    private const long BytesPerTurn = 8 * 1024 * 1024;
    /// <summary>Of one turn, to take what has arrived.</summary>
    private static readonly TimeSpan LongestAccept = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(5);
    /// <summary>Timers end at 49 days; a deadline may lie beyond.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    /// <summary>How long a finished stream's owner waits for the latecomer it was claimed for; above the pump's usual poll.</summary>
    private static readonly TimeSpan LatecomerPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(10);

    private readonly Channel<ArrivedIntent> _inbox = Channel.CreateBounded<ArrivedIntent>(
        new BoundedChannelOptions(InboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly AsyncSignal _wake = new(clock);
    private readonly StreamQueue _queue = new(lease.Ref, lease.Epoch, clock) { Backlog = committer.Backlog };
    private readonly HashSet<Guid> _taken = [];
    private long _inboxBytes;
    private int _turn = Idle;
    private bool _isOver;
    private readonly List<ConsumedIntent> _consumed = [];
    private readonly SnapshotPolicy _policy = new(snapshotOptions ?? SnapshotOptions.Default, clock);

    public LeaseTerm Term => new(lease.Tenant, lease.Stream, lease.Epoch);

    /// <summary>Everything up to this seq can be read back from the journal.</summary>
    public long DurableSeq => _queue.DurableSeq;

    /// <summary>An offer would be refused; asking first saves reading the rows.</summary>
    public bool IsFull => _inbox.Reader.Count >= InboxCapacity || Interlocked.Read(ref _inboxBytes) > InboxBytes;

    /// <summary>Gives the writer section a turn.</summary>
    public void Poke() => _wake.Set();

    /// <summary>False when the queue is full: the row stays pending, and the pump offers it again before any later one.</summary>
    public bool Offer(ArrivedIntent intent)
    {
        var bytes = Size(intent);
        var waiting = Interlocked.Add(ref _inboxBytes, bytes);
        if ((waiting > InboxBytes && waiting > bytes) || !_inbox.Writer.TryWrite(intent))
        {
            Interlocked.Add(ref _inboxBytes, -bytes);
            _wake.Set();
            return false;
        }

        if (Interlocked.CompareExchange(ref _turn, InTurn, Idle) == Idle)
        {
            committer.TurnBegins();
        }

        _wake.Set();
        return true;
    }

    /// <summary>The committer need not expect anything more of this owner, until it is offered something again.</summary>
    /// <param name="next"><see cref="Idle"/> or <see cref="Ended"/>.</param>
    private void EndTurn(int next)
    {
        if (Interlocked.Exchange(ref _turn, next) == InTurn)
        {
            committer.TurnEnds();
        }
    }

    /// <summary>The lease is lost or the host stops: nothing more is appended.</summary>
    public void Drop(string reason)
    {
        _queue.Drop(reason);
        _wake.Set();
    }

    /// <summary>Returns why it ended, after everything handed to the committer became durable or was lost for good.</summary>
    public async Task<OwnerEnd> RunAsync(CancellationToken stopping)
    {
        try
        {
            return await WriteAsync(stopping) is { } writer ? await DrainAsync(writer) : _isOver ? OwnerEnd.Over : OwnerEnd.Released;
        }
        finally
        {
            // Also after a fault: nothing of a stream nobody writes may become durable later.
            _queue.Drop("ended");
            EndTurn(Ended);
            (handler as IDisposable)?.Dispose();
        }
    }

    /// <returns>The writer once it has begun its epoch; null when it never did.</returns>
    private async Task<StreamWriter?> WriteAsync(CancellationToken stopping)
    {
        StreamWriter? writer = null;
        var began = false;
        try
        {
            writer = await RecoverAsync(stopping);
            _isOver = writer is not null && handler.Finished && !await HasLatecomerAsync(stopping);
            if (writer is not null && !_isOver)
            {
                began = true;
                await BeginAsync(writer, stopping);
                await LoopAsync(writer, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Asked to stop: the turn that was broken off never happened, what was handed over is drained by the caller.
        }
        finally
        {
            writer?.Discard();
        }

        return began ? writer : null;
    }

    private async Task BeginAsync(StreamWriter writer, CancellationToken cancel)
    {
        if (writer.LastSeq == 0 && lease.Tenant == TenantId.Fabric && lease.Stream == StreamId.System(TenantId.Fabric))
        {
            await AppendGenesisAsync(writer, cancel);
        }

        // Epochs a host claimed and died in before its first commit leave no trace: the step may be larger than one.
        var previousEpoch = _queue.PreviousEpoch ?? 0;
        var secret = previousEpoch == 0 ? handler.NewSecret() : null;
        var began = writer.Append(EntryBodies.EpochBegan(
            host, hostKey, lease.Epoch, previousEpoch, secret is null ? null : Salts.Salt(secret)));
        handler.Recover(began);
        await handler.BeginAsync(writer, cancel);
        Flush(writer);
    }

    /// <summary>The root-signed genesis is seq 1 of the fabric's system stream, before even the epoch: nothing is trusted that it does not name.</summary>
    private async Task AppendGenesisAsync(StreamWriter writer, CancellationToken cancel)
    {
        while (true)
        {
            var pending = await _inbox.Reader.ReadAsync(cancel);
            Interlocked.Add(ref _inboxBytes, -Size(pending));
            if (pending.Intent.Kind == EntryKinds.Genesis && await check.IsGenuineAsync(pending.Intent, cancel))
            {
                Take(pending);
                await handler.AcceptAsync(writer, pending, cancel);
                Remember(pending, writer.LastSeq);
                return;
            }
        }
    }

    private async Task LoopAsync(StreamWriter writer, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested && _queue.Dropped is null)
        {
            if (!_queue.HasRoom)
            {
                await _queue.Progress.WaitAsync(IdlePoll, stopping);
                continue;
            }

            var accepted = await AcceptAsync(writer, stopping);
            var wait = await handler.StepAsync(writer, stopping);
            Flush(writer);
            TakeSnapshotIfDue(writer);
            if (handler.Finished && _inbox.Reader.Count == 0)
            {
                return;
            }

            if (accepted < IntentsPerTurn && wait != TimeSpan.Zero)
            {
                EndTurn(Idle);
                // Nothing else can bring work: whoever offers or drops wakes this loop. A thousand idle owners cost no timer.
                await _wake.WaitAsync(wait is { } due ? (due < LongestWait ? due : LongestWait) : Timeout.InfiniteTimeSpan, stopping);
            }
            else
            {
                // A busy stream gives its thread back between turns, so that one mission cannot starve the others.
                await Task.Yield();
            }
        }
    }

    private void TakeSnapshotIfDue(StreamWriter writer)
    {
        if (shelf is null || handler is not ISnapshotHandler { HasState: true } source || !_policy.IsDue(writer.LastSeq, writer.AppendedBytes))
        {
            return;
        }

        var began = clock.GetTimestamp();
        var content = source.Write(writer.Position, _taken);
        handler.Recover(writer.Append(EntryBodies.SnapshotTaken(host, content.Root, content.StateRoot, content.Bytes.Length)));
        Flush(writer);
        var cost = clock.GetElapsedTime(began);
        _policy.Taken(content.At.Seq, writer.AppendedBytes, cost);
        var kept = shelf.Offer(new SnapshotDraft(_queue, content));
        LogSnapshot(log, _queue.Stream.ToString(), content.At.Seq, content.Bytes.Length, cost.TotalMilliseconds, kept);
    }

    private async Task<int> AcceptAsync(StreamWriter writer, CancellationToken cancel)
    {
        var accepted = 0;
        var bytes = 0L;
        var began = clock.GetTimestamp();
        // What takes long (a module to be compiled) is made durable before the next is begun, and is not begun for a stream that was lost.
        while (accepted < IntentsPerTurn && bytes < BytesPerTurn && !writer.IsFull && clock.GetElapsedTime(began) < LongestAccept && _queue.Dropped is null && _inbox.Reader.TryRead(out var pending))
        {
            Interlocked.Add(ref _inboxBytes, -Size(pending));
            // Here and not in the pump: a signature costs 0.1 ms, and streams are checked side by side.
            if (_taken.Contains(pending.Intent.Id) || !await check.IsGenuineAsync(pending.Intent, cancel) || !Take(pending))
            {
                continue;
            }

            var before = writer.LastSeq;
            await handler.AcceptAsync(writer, pending, cancel);
            Remember(pending, before + 1);
            bytes += Size(pending);
            accepted++;
        }

        return bytes >= BytesPerTurn || writer.IsFull || clock.GetElapsedTime(began) >= LongestAccept ? IntentsPerTurn : accepted;
    }

    private static long Size(ArrivedIntent pending) => pending.Intent.Body.Length + (pending.Intent.Payload?.Length ?? 0);

    private bool Take(ArrivedIntent pending) => _taken.Add(pending.Intent.Id);

    private void Remember(ArrivedIntent pending, long seq) => _consumed.Add(new ConsumedIntent(pending.Intent.Id, seq));

    private void Flush(StreamWriter writer)
    {
        var projection = handler.DrainProjection();
        if (_consumed.Count > 0)
        {
            projection = projection with { Consumed = [.. _consumed] };
            _consumed.Clear();
        }

        writer.Flush(projection);
    }

    /// <summary>Waits until everything appended is durable, unless the stream was lost.</summary>
    private async Task<OwnerEnd> DrainAsync(StreamWriter writer)
    {
        using var patience = new CancellationTokenSource(DrainPatience, clock);
        try
        {
            while (_queue.Dropped is null && _queue.DurableSeq < writer.FlushedSeq)
            {
                await _queue.Progress.WaitAsync(IdlePoll, patience.Token);
            }
        }
        catch (OperationCanceledException)
        {
            LogNotDrained(log, _queue.Stream.ToString(), writer.FlushedSeq - _queue.DurableSeq);
        }

        if (_queue.Dropped is not null)
        {
            return OwnerEnd.Lost;
        }

        if (!handler.Finished || _queue.DurableSeq < writer.FlushedSeq)
        {
            return OwnerEnd.Released;
        }

        if (shelf is not null && handler is ISnapshotHandler)
        {
            await shelf.ForgetAsync(_queue.Stream, patience.Token);
        }

        return OwnerEnd.Finished;
    }

    [LoggerMessage(1, LogLevel.Information, "Own {Stream} at epoch {Epoch}, recovered to seq {Seq} from the snapshot at {Snapshot} (0: none).")]
    private static partial void LogRecovered(ILogger log, string stream, long epoch, long seq, long snapshot);

    [LoggerMessage(4, LogLevel.Debug, "Took a snapshot of {Stream} at seq {Seq}, {Size} bytes in {Ms} ms; to be stored: {Kept}.")]
    private static partial void LogSnapshot(ILogger log, string stream, long seq, int size, double ms, bool kept);

    [LoggerMessage(3, LogLevel.Warning, "Another claim of epoch {Epoch} wrote to {Stream} first; claiming anew.")]
    private static partial void LogEpochTaken(ILogger log, string stream, long epoch);

    [LoggerMessage(2, LogLevel.Warning, "Stop {Stream} with {Entries} entries not durable: the next owner redelivers their work.")]
    private static partial void LogNotDrained(ILogger log, string stream, long entries);
}

/// <summary>How a stream's ownership ended.</summary>
internal enum OwnerEnd
{
    /// <summary>The stream is complete; its lease is finished in the same commit.</summary>
    Finished,

    /// <summary>
    /// It had ended before, and nobody sent it anything: its lease is to be finished. The commit that ended it could not, if it
    /// came through after its host had lost the lease; left free, the stream would be claimed and folded for ever.
    /// </summary>
    Over,

    /// <summary>Given back in good order: another host may claim it at once.</summary>
    Released,

    /// <summary>Fenced or expired: someone else owns it.</summary>
    Lost,
}
