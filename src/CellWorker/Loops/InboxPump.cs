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
    StreamBackoff backoff,
    LeaseCommands leases,
    HostInboxQueries inbox,
    Placement placement,
    NotificationListener listener,
    WorkerOptions options,
    TimeProvider clock,
    ILogger<InboxPump> log)
{
    private const int RowsPerQuery = 2_000;
    private const int ClaimsPerTurn = 64;
    private static readonly TimeSpan SoonPoll = TimeSpan.FromMilliseconds(25);

    /// <summary>Streams whose owner had no room, and the position up to which it has taken everything.</summary>
    private readonly Dictionary<StreamRef, long> _behind = [];
    private long _watermark;
    private bool _delegated;

    // Another host has clearly more room: this one looks again in a moment.
    private bool _letsOthers;

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

            var pause = !Delegated || _behind.Count > 0 ? SoonPoll : _letsOthers && Placement.Courtesy < options.Poll ? Placement.Courtesy : options.Poll;
            var hint = await hints.WaitAsync(pause, stopping);
            sweep = clock.GetElapsedTime(lastSweep) >= options.Poll;
            mayClaim = sweep || _letsOthers || hint.Everything || hint.Subjects.Contains(Channels.Streams);
            if (sweep)
            {
                lastSweep = clock.GetTimestamp();
            }
        }
    }

    /// <summary>One look at the database: pending rows, delegation, claims.</summary>
    /// <param name="mayClaim">A stream may have become claimable.</param>
    /// <param name="sweep">Start from position zero, and look for streams left behind too.</param>
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
            var left = await placement.LeaveAsync(stopping);
            _letsOthers = left.Count > 0;
            for (var room = Room; room > 0; room = Room)
            {
                var claimed = await leases.ClaimAsync(identity.Host, room, [.. backoff.Waiting(), .. left], stopping);
                await StartAsync(claimed, stopping);
                if (claimed.Count < room)
                {
                    break;
                }
            }
        }

        if (Delegated && sweep)
        {
            await StartAsync(await leases.ClaimLeftAsync(identity.Host, Room, backoff.Waiting(), stopping), stopping);
        }
    }

    private int Room => Math.Clamp(options.MissionCapacity - owners.Count, 0, ClaimsPerTurn);

    /// <summary>Starts owners and gives each what waits for it: those rows lie below the watermark, where the pump would look only at the next sweep.</summary>
    private async Task StartAsync(IReadOnlyList<ClaimedLease> claimed, CancellationToken stopping)
    {
        foreach (var lease in claimed)
        {
            if (owners.Start(lease, stopping))
            {
                _behind[lease.Ref] = 0;
            }
            else
            {
                // Its former writer section still winds down here. Given back, it is claimed again when that has ended.
                await leases.ReleaseAsync(identity.Host, [new LeaseTerm(lease.Tenant, lease.Stream, lease.Epoch)], stopping);
            }
        }

        await CatchUpAsync(stopping);
    }

    private async Task PumpAsync(CancellationToken stopping)
    {
        await CatchUpAsync(stopping);
        var more = owners.Count > 0;
        while (more)
        {
            var page = await inbox.PendingAsync(identity.Host, _watermark, RowsPerQuery, stopping);
            var readAt = clock.GetTimestamp();
            foreach (var row in page.Rows)
            {
                var stream = new StreamRef(row.Intent.Tenant, row.Intent.Stream);
                if (!_behind.ContainsKey(stream) && owners.TryGet(stream, out var owner) && !owner.Offer(new ArrivedIntent(row.Intent, readAt)))
                {
                    // From here on this stream is fed from its own position, so that nothing overtakes the row it had no room for.
                    _behind[stream] = row.Position - 1;
                }
            }

            _watermark = page.Rows.Count > 0 ? page.Rows[^1].Position : _watermark;
            more = page.More;
        }
    }

    /// <summary>Feeds the streams that had no room, each in its own order, until it is level or full again.</summary>
    private async Task CatchUpAsync(CancellationToken stopping)
    {
        foreach (var (stream, from) in _behind.ToList())
        {
            if (owners.TryGet(stream, out var owner) && owner.IsFull)
            {
                continue;
            }

            if (owner is null || await OfferFromAsync(stream, owner, from, stopping) is not { } refused)
            {
                _behind.Remove(stream);
                continue;
            }

            _behind[stream] = refused;
        }
    }

    /// <returns>The position before the first row the owner had no room for; null when it has taken all.</returns>
    private async Task<long?> OfferFromAsync(StreamRef stream, StreamOwner owner, long from, CancellationToken stopping)
    {
        while (true)
        {
            var page = await inbox.PendingOfAsync(stream.Tenant, stream.Stream, from, RowsPerQuery, stopping);
            var readAt = clock.GetTimestamp();
            foreach (var row in page.Rows)
            {
                if (!owner.Offer(new ArrivedIntent(row.Intent, readAt)))
                {
                    return from;
                }

                from = row.Position;
            }

            if (!page.More)
            {
                return null;
            }
        }
    }

    private async Task ClaimFabricAsync(CancellationToken stopping)
    {
        if (await leases.ClaimOneAsync(identity.Host, TenantId.Fabric, StreamId.System(TenantId.Fabric), stopping) is { } lease)
        {
            await StartAsync([lease], stopping);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The inbox could not be read: {Reason}. Trying again; nothing is lost.")]
    private static partial void LogAway(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Information, "{Host} is delegated and takes missions.")]
    private static partial void LogDelegated(ILogger log, string host);
}
