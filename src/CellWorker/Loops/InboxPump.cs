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
    InboxQueries streams,
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
        using var hints = listener.Subscribe();
        var lastSweep = clock.GetTimestamp();
        var (mayClaim, sweep) = (true, true);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(mayClaim, sweep, stopping);
            }
            catch (Exception away) when (away is NpgsqlException or TimeoutException)
            {
                LogAway(log, away.Message);
            }

            var hint = await hints.WaitAsync(Delegated ? options.Poll : UndelegatedPoll, stopping);
            sweep = clock.GetElapsedTime(lastSweep) >= options.Poll;
            mayClaim = sweep || hint.Everything || hint.Subjects.Contains(Channels.Streams);
            if (sweep)
            {
                lastSweep = clock.GetTimestamp();
            }
        }
    }

    /// <summary>One look at the database: pending rows, delegation, claims.</summary>
    /// <param name="mayClaim">A stream may have become claimable.</param>
    /// <param name="sweep">Start from position zero, and look for lapsed leases too.</param>
    public async Task RunOnceAsync(bool mayClaim, bool sweep, CancellationToken stopping)
    {
        if (sweep)
        {
            _watermark = 0;
        }

        await PumpAsync(stopping);
        if (!Delegated)
        {
            await ClaimFabricAsync(stopping);
            Volatile.Write(ref _delegated, await inbox.IsConsumedAsync(identity.Delegation.Tenant, identity.Delegation.Id, stopping));
            mayClaim = Delegated;
            if (Delegated)
            {
                LogDelegated(log, identity.Host.ToString());
            }
        }

        if (Delegated && mayClaim)
        {
            for (var room = Room; room > 0; room = Room)
            {
                var claimed = await leases.ClaimAsync(identity.Host, room, options.LeaseTtl, stopping);
                await StartAsync(claimed, stopping);
                if (claimed.Count < room)
                {
                    break;
                }
            }
        }

        if (Delegated && sweep)
        {
            await StartAsync(await leases.ClaimLapsedAsync(identity.Host, Room, options.LeaseTtl, stopping), stopping);
        }
    }

    private int Room => Math.Clamp(options.MissionCapacity - owners.Count, 0, ClaimsPerTurn);

    /// <summary>Starts owners and gives each what waits for it: those rows lie below the watermark, where the pump would look only at the next sweep.</summary>
    private async Task StartAsync(IReadOnlyList<ClaimedLease> claimed, CancellationToken stopping)
    {
        foreach (var lease in claimed)
        {
            owners.Start(lease, stopping);
            Offer(await streams.PendingAsync(lease.Tenant, lease.Stream, 0, RowsPerQuery, stopping));
        }
    }

    private void Offer(IReadOnlyList<PendingIntent> rows)
    {
        var readAt = clock.GetTimestamp();
        foreach (var row in rows)
        {
            if (owners.TryGet(new StreamRef(row.Intent.Tenant, row.Intent.Stream), out var owner))
            {
                owner.Offer(new ArrivedIntent(row.Intent, readAt));
            }
        }
    }

    private async Task PumpAsync(CancellationToken stopping)
    {
        while (owners.Count > 0)
        {
            var rows = await inbox.PendingAsync(identity.Host, _watermark, RowsPerQuery, stopping);
            Offer(rows);
            _watermark = rows.Count > 0 ? rows[^1].Position : _watermark;
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
            await StartAsync([lease], stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The inbox could not be read: {Reason}. Trying again; nothing is lost.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Host} is delegated and takes missions.")]
    private static partial void LogDelegated(ILogger log, string host);
}
