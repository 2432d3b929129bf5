using System.Collections.Concurrent;
using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>The streams this host owns now, each with its running writer section.</summary>
internal sealed partial class OwnerTable(
    Func<ClaimedLease, StreamOwner> create, LeaseCommands leases, Notifier inboxChanged, HostId host, StreamBackoff backoff, WorkerMetrics metrics, ILogger<OwnerTable> log)
{
    private readonly ConcurrentDictionary<StreamRef, Running> _owners = new();

    public int Count => _owners.Count;

    public bool TryGet(StreamRef stream, out StreamOwner owner)
    {
        var found = _owners.TryGetValue(stream, out var running);
        owner = running?.Owner!;
        return found;
    }

    /// <summary>The terms written under now.</summary>
    public List<LeaseTerm> Terms()
    {
        var terms = new List<LeaseTerm>();
        // Not Values: that copies them all, under every lock of the table.
        foreach (var (_, running) in _owners)
        {
            terms.Add(running.Owner.Term);
        }

        return terms;
    }

    /// <returns>False when the stream's former writer section has not ended yet: give the lease back.</returns>
    public bool Start(ClaimedLease lease, CancellationToken stopping)
    {
        var stream = lease.Ref;
        var owner = create(lease);
        // The task begins only after it is in the table, so that whoever waits for all owners waits for this one too.
        var begin = new TaskCompletionSource();
        var running = new Running(owner, begin.Task.ContinueWith(_ => RunAsync(stream, owner, stopping), CancellationToken.None, TaskContinuationOptions.RunContinuationsAsynchronously, TaskScheduler.Default).Unwrap());
        if (!_owners.TryAdd(stream, running))
        {
            LogStillOwned(log, stream.ToString());
            return false;
        }

        metrics.Owns(_owners.Count);
        begin.SetResult();
        return true;
    }

    /// <summary>Stops what is not among the confirmed terms, of those that were asked about.</summary>
    public void KeepOnly(IReadOnlyList<LeaseTerm> asked, IReadOnlySet<LeaseTerm> confirmed)
    {
        foreach (var term in asked)
        {
            if (!confirmed.Contains(term) && _owners.TryGetValue(new StreamRef(term.Tenant, term.Stream), out var running) && running.Owner.Term == term)
            {
                running.Owner.Drop("lease_lost");
            }
        }
    }

    public void DropAll(string reason)
    {
        foreach (var running in _owners.Values)
        {
            running.Owner.Drop(reason);
        }
    }

    /// <summary>Completes when every writer section has ended.</summary>
    public Task WhenAllEnded() => Task.WhenAll(_owners.Values.Select(static running => running.Task));

    private async Task RunAsync(StreamRef stream, StreamOwner owner, CancellationToken stopping)
    {
        var end = OwnerEnd.Lost;
        try
        {
            end = await owner.RunAsync(stopping);
            if (end == OwnerEnd.Lost)
            {
                // Fenced, or refused by the journal: claimed again at once it would write an epoch and be lost again, for ever.
                backoff.Fault(stream);
            }
            else
            {
                backoff.Forget(stream);
            }

            LogEnded(log, stream.ToString(), end);
        }
        catch (Exception fault)
        {
            // One damaged mission must not take the host down: it is given up, visible, and nobody else's work stops.
            var (delay, faults) = backoff.Fault(stream);
            metrics.StreamFailed();
            LogFailed(log, stream.ToString(), faults, delay.TotalSeconds, fault);
            owner.Drop("fault");
        }

        try
        {
            if (end != OwnerEnd.Finished)
            {
                await GiveBackAsync(owner.Term, end == OwnerEnd.Over);
            }
        }
        finally
        {
            // Last, so that whoever waits for all owners waits until their leases are given back.
            _owners.TryRemove(stream, out _);
            metrics.Owns(_owners.Count);
        }

        if (end is not (OwnerEnd.Finished or OwnerEnd.Over))
        {
            inboxChanged.Notify(Channels.Streams);
        }
    }

    /// <summary>
    /// The term is named, so what another host claimed meanwhile is left alone. Also after a fault: whoever is not kept away by its
    /// own memory of faults may try at once. If the database is away the lease stays with this host until a look at what it holds
    /// finds nobody who writes it (<see cref="Orphans"/>).
    /// </summary>
    private async Task GiveBackAsync(LeaseTerm term, bool isOver)
    {
        try
        {
            await (isOver ? leases.FinishAsync(host, term, CancellationToken.None) : leases.ReleaseAsync(host, [term], CancellationToken.None));
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException)
        {
            LogNotGivenBack(log, term.Stream.ToString(), away.Message);
        }
    }

    /// <summary>Of the terms the database has this host hold, those nobody here writes.</summary>
    public List<LeaseTerm> Orphans(IReadOnlySet<LeaseTerm> held) =>
        [.. held.Where(term => !_owners.ContainsKey(new StreamRef(term.Tenant, term.Stream)))];

    private sealed record Running(StreamOwner Owner, Task Task);

    [LoggerMessage(1, LogLevel.Debug, "{Stream} was claimed while its former writer section still ends.")]
    private static partial void LogStillOwned(ILogger log, string stream);

    [LoggerMessage(4, LogLevel.Warning, "The lease of {Stream} could not be given back: {Reason}. It is looked for again.")]
    private static partial void LogNotGivenBack(ILogger log, string stream, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Stream} ended here: {End}.")]
    private static partial void LogEnded(ILogger log, string stream, OwnerEnd end);

    [LoggerMessage(3, LogLevel.Error, "{Stream} failed in its writer section, {Faults} times in a row; its lease is given back, and this host does not claim it for {Seconds} s.")]
    private static partial void LogFailed(ILogger log, string stream, int faults, double seconds, Exception fault);
}
