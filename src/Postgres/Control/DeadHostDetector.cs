using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;

namespace Voxeltron.Postgres;

/// <summary>
/// Finds hosts whose locks are both gone (<see cref="HostPresence"/>), and hosts that did not renew for the lease ttl (frozen, or cut
/// off); marks them dead and makes their streams claimable, in one statement.
/// Finds and hands over; the work itself is taken up by whoever claims it.
/// </summary>
/// <remarks>
/// A restart of Postgres takes every advisory lock away at once. The detector shares that fate: it keeps a session of its own,
/// and after that session was lost it declares nobody dead until <see cref="RestartGrace"/> has passed, so that living hosts can renew.
/// </remarks>
public sealed class DeadHostDetector(FabricDataSource source, TimeProvider clock) : IAsyncDisposable
{
    public static readonly TimeSpan RestartGrace = TimeSpan.FromSeconds(3);

    private const string DetectSql = """
        with dead as (
          update control.host h set state = 'dead', time_stopped = now(), cells_live = 0, cells_hibernated = 0, spool_bytes = 0, hibernation_left = 0
           where h.state in ('starting', 'live', 'draining')
             and h.host_id <> $2
             and (h.time_renewed < now() - $1
                  or h.lock_key::oid <> all (array(
                   select k.objid from pg_locks k
                    where k.locktype = 'advisory' and k.granted and k.objsubid = 2 and k.classid in (7707::oid, 7708::oid)
                      and k.database = (select d.oid from pg_database d where d.datname = current_database()))))
          returning h.host_id
        ), expired as (
          update control.lease l set host_id = null
           where l.host_id = any (array(select host_id from dead))
          returning 1
        )
        select host_id from dead
        """;

    private NpgsqlConnection? _connection;
    private bool _lostOnce;
    private long _quietUntil;

    /// <param name="self">Never declared dead by its own detector: a host that was asleep and that nobody missed simply goes on.</param>
    /// <param name="ttl">How long a host is trusted without a renewal, whatever its session says.</param>
    /// <param name="ct">Ends the question.</param>
    /// <returns>Hosts found dead by this call. Several detectors at once are fine: each host is found by one of them.</returns>
    public async Task<IReadOnlyList<HostId>> DetectAsync(HostId self, TimeSpan ttl, CancellationToken ct)
    {
        try
        {
            _connection ??= await OpenAsync(ct);
            if (_lostOnce && clock.GetTimestamp() < _quietUntil)
            {
                return [];
            }

            await using var command = new NpgsqlCommand(DetectSql, _connection);
            command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = ttl, NpgsqlDbType = NpgsqlDbType.Interval });
            command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = self.Value });
            await using var reader = await command.ExecuteReaderAsync(ct);
            var dead = new List<HostId>();
            while (await reader.ReadAsync(ct))
            {
                dead.Add(new HostId(reader.GetGuid(0)));
            }

            return dead;
        }
        catch
        {
            await DropAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => DropAsync();

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = await source.OpenDedicatedAsync(ct);
        _quietUntil = clock.GetTimestamp() + (long)(RestartGrace.TotalSeconds * clock.TimestampFrequency);
        return connection;
    }

    private async ValueTask DropAsync()
    {
        var connection = _connection;
        _connection = null;
        _lostOnce = true;
        if (connection is not null)
        {
            await connection.DisposeAsync();
        }
    }
}
