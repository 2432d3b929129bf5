using Voxeltron.Execution;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>Where an owner begins: the newest snapshot that counts, then the log behind it; and whether a finished stream needs an owner at all.</summary>
internal sealed partial class StreamOwner
{
    /// <returns>Null when another claim of the same epoch wrote first: give the lease back and claim anew.</returns>
    private async Task<StreamWriter?> RecoverAsync(CancellationToken cancel)
    {
        var restored = await RestoreAsync(cancel);
        var (seq, epoch, timeUs, chain) = restored;
        if (seq > 0)
        {
            _queue.Recovered(seq);
        }

        await foreach (var entry in ReadAhead.Of(journal.ReadAsync(lease.Tenant, lease.Stream, seq, cancel), cancel))
        {
            // The recomputed chain is compared: an owner never builds on a log that was tampered with at rest.
            chain = Chain.Next(chain, entry.Header, entry.Body);
            if (entry.Header.Seq != seq + 1 || !chain.AsSpan().SequenceEqual(entry.Chain))
            {
                throw new VoxeltronException("journal_corrupt", $"Entry {entry.Header.Seq} of {_queue.Stream} does not continue its chain. Run 'voxeltron-replay verify' and restore from a good backup.");
            }

            (seq, epoch, timeUs) = (entry.Header.Seq, entry.Header.Epoch, entry.Header.TimeUs);
            _queue.Recovered(seq);
            if (EntryKinds.IsIntent(entry.Header.Kind))
            {
                _taken.Add(IntentFields.Id(entry));
            }

            handler.Recover(entry);
        }

        if (epoch >= lease.Epoch)
        {
            LogEpochTaken(log, _queue.Stream.ToString(), lease.Epoch);
            return null;
        }

        _queue.FenceOn(epoch);
        _policy.Recovered(restored.Seq);
        LogRecovered(log, _queue.Stream.ToString(), lease.Epoch, seq, restored.Seq);
        return new StreamWriter(_queue, committer, seq, chain, timeUs, clock);
    }

    /// <summary>Begins from the newest snapshot that counts and fits the log.</summary>
    /// <returns>The position before the first entry when there is none.</returns>
    private async Task<StreamPosition> RestoreAsync(CancellationToken cancel)
    {
        if (shelf is not null && handler is ISnapshotHandler restorable)
        {
            await foreach (var snapshot in shelf.OpenAsync(_queue.Stream, cancel))
            {
                try
                {
                    await RestoreAsync(restorable, snapshot, cancel);
                    return snapshot.At;
                }
                catch (SnapshotException bad)
                {
                    shelf.Refused(_queue.Stream, snapshot.At.Seq, bad.Message);
                    restorable.Forget();
                    _taken.Clear();
                }
            }
        }

        return new StreamPosition(0, 0, 0, Chain.Zero.ToArray());
    }

    private async Task RestoreAsync(ISnapshotHandler restorable, SnapshotReader snapshot, CancellationToken cancel)
    {
        snapshot.RequireIn(await FirstAfterAsync(snapshot.At.Seq, cancel));
        await foreach (var entry in journal.ReadAsync(lease.Tenant, lease.Stream, 0, cancel))
        {
            handler.Recover(entry);
            if (entry.Header.Seq >= snapshot.SubmittedSeq)
            {
                break;
            }
        }

        restorable.Read(snapshot);
        _taken.UnionWith(snapshot.Intents);
    }

    private async Task<Entry?> FirstAfterAsync(long seq, CancellationToken cancel)
    {
        await foreach (var next in journal.ReadAsync(lease.Tenant, lease.Stream, seq, cancel))
        {
            return next;
        }

        return null;
    }

    /// <summary>
    /// A pending row makes a finished stream claimable, and a forged one does so for ever: no epoch is begun before an intent
    /// that passed its check has arrived, or whoever can write to the inbox could make the log grow without end.
    /// </summary>
    private async Task<bool> HasLatecomerAsync(CancellationToken stopping)
    {
        using var patience = new CancellationTokenSource(LatecomerPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(either.Token))
            {
                if (_inbox.Reader.TryPeek(out var first) && !_taken.Contains(first.Intent.Id) && await check.IsGenuineAsync(first.Intent, either.Token))
                {
                    return true;
                }

                if (_inbox.Reader.TryRead(out var forged))
                {
                    Interlocked.Add(ref _inboxBytes, -Size(forged));
                }
            }

            return false;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return false;
        }
    }
}
