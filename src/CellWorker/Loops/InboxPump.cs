using Npgsql;
using Voxeltron.Kernel;
using Voxeltron.Postgres;
using Voxeltron.Ultra;

namespace Voxeltron.CellWorker;

/// <summary>
/// Brings intents from the inbox to the writer sections of this host, and claims streams that have nobody. One query per
/// wake serves every stream. A notification only says "look"; missing each of them costs one poll interval.
/// </summary>
/// <remarks>
/// Positions are given when a row is inserted, not when it commits, so a row may appear below the watermark: the sweep on
/// every poll starts from zero and the owners ignore what they hold already. Until the host's own key is delegated only
/// the fabric's system stream is claimed: nothing may be sealed by a key the log does not know.
/// </remarks>
internal sealed partial class InboxPump(
    HostIdentity identity,
    OwnerTable owners,
    LeaseCommands leases,
    HostInboxQueries inbox,
    IntentCheck check,
    NotificationListener listener,
    WorkerOptions options,
    TimeProvider clock,
    ILogger<InboxPump> log)
{
    private const int RowsPerQuery = 2_000;
    private const int ClaimsPerTurn = 64;
    private static readonly TimeSpan UndelegatedPoll = TimeSpan.FromMilliseconds(25);

    private long _watermark;
    private bool _delegated;

    /// <summary>Set once the host's key is in the log and the host may own missions.</summary>
    public bool Delegated => Volatile.Read(ref _delegated);

    public async Task RunAsync(CancellationToken stopping)
    {
        var lastSweep = clock.GetTimestamp();
        _watermark = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stopping);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }

            await listener.WaitAsync(Delegated ? options.Poll : UndelegatedPoll, stopping);
            if (clock.GetElapsedTime(lastSweep) >= options.Poll)
            {
                lastSweep = clock.GetTimestamp();
                _watermark = 0;
            }
        }
    }

    /// <summary>One look at the database: delegation, claims, pending rows.</summary>
    public async Task RunOnceAsync(CancellationToken stopping)
    {
        if (!Delegated)
        {
            await ClaimFabricAsync(stopping);
            Volatile.Write(ref _delegated, await inbox.IsConsumedAsync(identity.Delegation.Tenant, identity.Delegation.Id, stopping));
            if (Delegated)
            {
                LogDelegated(log, identity.Host.ToString());
            }
        }

        if (Delegated && owners.Count < options.MissionCapacity)
        {
            var most = Math.Min(ClaimsPerTurn, options.MissionCapacity - owners.Count);
            foreach (var lease in await leases.ClaimAsync(identity.Host, most, options.LeaseTtl, stopping))
            {
                owners.Start(lease, stopping);
            }
        }

        await PumpAsync(stopping);
    }

    private async Task PumpAsync(CancellationToken stopping)
    {
        while (owners.Count > 0)
        {
            var rows = await inbox.PendingAsync(identity.Host, _watermark, RowsPerQuery, stopping);
            var readAt = clock.GetTimestamp();
            foreach (var row in rows)
            {
                if (owners.TryGet(new StreamRef(row.Intent.Tenant, row.Intent.Stream), out var owner) && await check.IsGenuineAsync(row.Intent, stopping))
                {
                    owner.Offer(new ArrivedIntent(row.Intent, readAt));
                }

                _watermark = row.Position;
            }

            if (rows.Count < RowsPerQuery)
            {
                return;
            }
        }
    }

    private async Task ClaimFabricAsync(CancellationToken stopping)
    {
        if (await leases.ClaimOneAsync(identity.Host, TenantId.Fabric, StreamId.System(TenantId.Fabric), options.LeaseTtl, stopping) is { } lease)
        {
            owners.Start(lease, stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The inbox could not be read: {Reason}. Trying again; nothing is lost.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Host} is delegated and takes missions.")]
    private static partial void LogDelegated(ILogger log, string host);
}
