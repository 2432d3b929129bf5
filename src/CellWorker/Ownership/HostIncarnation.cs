using Npgsql;
using Voxeltron.Postgres;

namespace Voxeltron.CellWorker;

/// <summary>
/// One life of a worker host: an identity, a session whose advisory lock says "alive", a committer, the streams it owns
/// and the loops that feed them. Ends when the process stops (drained, leases given back) or when the database stopped
/// trusting it (everything dropped; the service begins the next incarnation).
/// </summary>
internal sealed partial class HostIncarnation(
    HostIdentity identity,
    HostParts parts,
    HostCommands hosts,
    HostPresence presence,
    WorkerInboxCommands inbox,
    Notifier inboxChanged,
    WorkerOptions options,
    ILogger<HostIncarnation> log)
{
    public async Task RunAsync(string? metricsUrl, CancellationToken stopping)
    {
        // The lock first: a row without its lock would be taken for a dead host.
        await presence.EnsureAsync(stopping);
        await hosts.RegisterAsync(
            new HostRegistration(identity.Host, Environment.MachineName, Environment.ProcessId, identity.Signer.KeyId, options.CellCapacity, metricsUrl),
            stopping);
        await inbox.EnterAsync(identity.Delegation, stopping);
        inboxChanged.Notify(Channels.Streams);
        LogBegun(log, identity.Host.ToString(), Environment.ProcessId);

        using var ownersStop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var loopsStop = new CancellationTokenSource();
        var committing = parts.Committer.RunAsync(loopsStop.Token);
        Task[] loops =
        [
            parts.Pump.RunAsync(ownersStop.Token),
            parts.Renewer.RunAsync(loopsStop.Token),
            parts.Reconciler.RunAsync(ownersStop.Token),
            parts.Integrator.RunAsync(ownersStop.Token),
            parts.Warm.RunAsync(ownersStop.Token),
            parts.Board.RunAsync(identity.Host, loopsStop.Token),
            parts.Shelf.RunAsync(ownersStop.Token),
            parts.Judge.RunAsync(ownersStop.Token),
            parts.Models.RunAsync(ownersStop.Token),
            committing,
        ];

        var first = await Task.WhenAny(loops);
        var asked = stopping.IsCancellationRequested;
        parts.Renewer.Draining = true;
        if (!asked)
        {
            LogEnding(log, identity.Host.ToString(), first.Exception?.GetBaseException());
            parts.Owners.DropAll("host_lost");
        }

        await ownersStop.CancelAsync();
        // The pump starts owners: only after it ended is the list of them final.
        await IgnoreEndsAsync([loops[0]]);
        await parts.Owners.WhenAllEnded();
        await loopsStop.CancelAsync();
        await IgnoreEndsAsync(loops);
        await StopInDatabaseAsync();
    }

    private async Task StopInDatabaseAsync()
    {
        try
        {
            await hosts.StopAsync(identity.Host, CancellationToken.None);
            LogStopped(log, identity.Host.ToString());
        }
        catch (NpgsqlException away)
        {
            // The row stays "live" until the reconciler of another host finds the session gone.
            LogNotStopped(log, identity.Host.ToString(), away.Message);
        }
    }

    private async Task IgnoreEndsAsync(Task[] loops)
    {
        foreach (var loop in loops)
        {
            try
            {
                await loop;
            }
            catch (OperationCanceledException)
            {
                // Cancelled above: that is how a loop ends.
            }
            catch (Exception fault)
            {
                LogLoopFailed(log, fault);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Host} begins in process {ProcessId}.")]
    private static partial void LogBegun(ILogger log, string host, int processId);

    [LoggerMessage(2, LogLevel.Error, "{Host} ends before it was asked to.")]
    private static partial void LogEnding(ILogger log, string host, Exception? fault);

    [LoggerMessage(3, LogLevel.Information, "{Host} stopped: drained, leases given back.")]
    private static partial void LogStopped(ILogger log, string host);

    [LoggerMessage(4, LogLevel.Warning, "{Host} could not say goodbye: {Reason}.")]
    private static partial void LogNotStopped(ILogger log, string host, string reason);

    [LoggerMessage(5, LogLevel.Error, "A loop of the host failed.")]
    private static partial void LogLoopFailed(ILogger log, Exception fault);
}

/// <summary>What one incarnation is made of; built anew for each.</summary>
internal sealed record HostParts(
    Committer Committer, OwnerTable Owners, InboxPump Pump, LeaseRenewer Renewer, Reconciler Reconciler, Integrator Integrator, WarmBudget Warm, HealthBoard Board, SnapshotShelf Shelf, SnapshotJudge Judge, ModelWatch Models);
