using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Npgsql;
using Voxeltron.Execution;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Snapshots in <c>control.snapshot</c>. Storing runs beside the writer sections: a snapshot that is not stored costs the
/// next takeover time and nothing else.
/// </summary>
internal sealed partial class SnapshotShelf(SnapshotCommands commands, SnapshotQueries queries, WorkerMetrics metrics, TimeProvider clock, ILogger<SnapshotShelf> log) : ISnapshotShelf
{
    /// <summary>Contents held in memory until stored, at most as large as a mission's state each.</summary>
    private const int MostWaiting = 2;

    private static readonly TimeSpan DurablePoll = TimeSpan.FromMilliseconds(20);

    private readonly Channel<SnapshotDraft> _drafts = Channel.CreateBounded<SnapshotDraft>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    public bool Offer(SnapshotDraft draft)
    {
        var kept = _drafts.Writer.TryWrite(draft);
        metrics.Snapshot(kept ? "taken" : "skipped");
        return kept;
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        await foreach (var draft in _drafts.Reader.ReadAllAsync(stopping))
        {
            try
            {
                if (await IsDurableAsync(draft, stopping))
                {
                    await StoreAsync(draft, stopping);
                }
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // Whatever it was: the mission has lost nothing, and the loop must not end the host.
                LogNotStored(log, draft.Queue.Stream.ToString(), draft.Content.At.Seq, fault.Message);
            }
        }
    }

    public async IAsyncEnumerable<SnapshotReader> OpenAsync(StreamRef stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var row in await queries.GoodAsync(stream, long.MaxValue, cancel))
        {
            SnapshotReader reader;
            try
            {
                reader = MissionSnapshot.Open(SnapshotCodec.Unpack(await queries.ReadAsync(row, cancel), row.Size), row.Root);
            }
            catch (SnapshotException bad)
            {
                Refused(stream, row.Seq, bad.Message);
                continue;
            }

            yield return reader;
        }
    }

    public void Refused(StreamRef stream, long seq, string reason)
    {
        metrics.Snapshot("refused");
        LogRefused(log, stream.ToString(), seq, reason);
    }

    public async Task ForgetAsync(StreamRef stream, CancellationToken cancel)
    {
        try
        {
            await commands.ForgetAsync(stream, cancel);
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            LogNotForgotten(log, stream.ToString(), away.Message);
        }
    }

    /// <summary>A state that never became durable never was: it must not be found by whoever writes these seqs instead.</summary>
    private async Task<bool> IsDurableAsync(SnapshotDraft draft, CancellationToken cancel)
    {
        while (draft.Queue.DurableSeq <= draft.Content.At.Seq)
        {
            if (draft.Queue.Dropped is not null)
            {
                return false;
            }

            await Task.Delay(DurablePoll, clock, cancel);
        }

        return true;
    }

    private async Task StoreAsync(SnapshotDraft draft, CancellationToken cancel)
    {
        var (content, stream) = (draft.Content, draft.Queue.Stream);
        var packed = SnapshotCodec.Pack(content.Bytes);
        await commands.StoreAsync(new SnapshotRow(stream.Tenant, stream.Stream, content.At.Seq, content.Root, content.Bytes.Length), packed, cancel);
        metrics.Snapshot("stored");
        LogStored(log, stream.ToString(), content.At.Seq, content.Bytes.Length, packed.Length);
    }

    [LoggerMessage(1, LogLevel.Information, "Stored a snapshot of {Stream} at seq {Seq}: {Size} bytes, {Packed} compressed. It counts once a replay reproduced it.")]
    private static partial void LogStored(ILogger log, string stream, long seq, long size, long packed);

    [LoggerMessage(2, LogLevel.Warning, "The snapshot of {Stream} at seq {Seq} was not stored: {Reason}. The next one comes with the policy.")]
    private static partial void LogNotStored(ILogger log, string stream, long seq, string reason);

    [LoggerMessage(3, LogLevel.Error, "The snapshot of {Stream} at seq {Seq} is refused: {Reason} An older one or the whole log is used. Find out what changed control.snapshot_part.")]
    private static partial void LogRefused(ILogger log, string stream, long seq, string reason);

    [LoggerMessage(4, LogLevel.Warning, "Snapshots of {Stream}, which ended, were not deleted: {Reason}.")]
    private static partial void LogNotForgotten(ILogger log, string stream, string reason);
}
