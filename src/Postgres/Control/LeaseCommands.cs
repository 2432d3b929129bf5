using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// Which host writes which stream. A host holds what it claimed for as long as its own row is renewed (<see cref="HostCommands"/>);
/// when it is declared dead (<see cref="DeadHostDetector"/>) all of it is free. A lease gives liveness only: two hosts that both
/// believe they hold one are told apart by the head, which lets in one of them.
/// </summary>
/// <remarks>
/// The epoch of a claim is the head's plus one, read in the same statement. A host that claims and dies before it wrote leaves
/// no hole in the stream's epochs; its successor gets the same number, and the head takes whichever writes first. A host that was
/// declared dead claims nothing more, whether it has heard of it or not: else it would take back what it was fenced from.
/// </remarks>
public sealed class LeaseCommands(FabricDataSource source)
{
    // ctid from rows locked in this very statement: the usual join to a locking CTE turns into a sequential scan under churn.
    // A row moved by a concurrent update between snapshot and lock is simply not claimed this time.
    private const string ClaimFreeSql = """
        update control.lease l
           set host_id = $1,
               epoch = 1 + coalesce((select h.epoch from journal.stream_head h where h.tenant_id = l.tenant_id and h.stream_id = l.stream_id), 0)
         where l.ctid = any (array(
               select c.ctid from control.lease c
                where c.host_id is null and not c.finished
                  and (c.tenant_id, c.stream_id) not in (select * from unnest($3::text[], $4::uuid[]))
                order by c.role desc, c.tenant_id, c.stream_id
                limit $2
                for update skip locked))
           and not exists (select 1 from control.host d where d.host_id = $1 and d.state in ('stopped', 'dead'))
        returning l.tenant_id, l.stream_id, l.role, l.epoch
        """;

    // Streams left with a host that is gone (it stopped and could not give them back), and ended missions somebody still sent
    // something to: rare, so looked for by the poll alone.
    private const string ClaimLeftSql = """
        update control.lease l
           set host_id = $1,
               epoch = 1 + coalesce((select h.epoch from journal.stream_head h where h.tenant_id = l.tenant_id and h.stream_id = l.stream_id), 0)
         where not exists (select 1 from control.host d where d.host_id = $1 and d.state in ('stopped', 'dead')) and (l.ctid = any (array(
               select c.ctid from control.lease c
                where c.host_id in (select g.host_id from control.host g where g.state in ('stopped', 'dead')) and not c.finished
                  and (c.tenant_id, c.stream_id) not in (select * from unnest($3::text[], $4::uuid[]))
                limit $2
                for update skip locked))
            or l.ctid = any (array(
               select c.ctid from control.lease c
                where c.finished and c.host_id is null
                  and (c.tenant_id, c.stream_id) not in (select * from unnest($3::text[], $4::uuid[]))
                  and (c.tenant_id, c.stream_id) in (select i.tenant_id, i.stream_id from control.inbox i where i.consumed_seq is null)
                limit $2
                for update skip locked)))
        returning l.tenant_id, l.stream_id, l.role, l.epoch
        """;

    private const string ClaimOneSql = """
        update control.lease l
           set host_id = $1,
               epoch = 1 + coalesce((select h.epoch from journal.stream_head h where h.tenant_id = l.tenant_id and h.stream_id = l.stream_id), 0)
         where l.tenant_id = $2 and l.stream_id = $3 and l.host_id is null
           and not exists (select 1 from control.host d where d.host_id = $1 and d.state in ('stopped', 'dead'))
        returning l.role, l.epoch
        """;

    private const string HeldSql = "select tenant_id, stream_id, epoch from control.lease where host_id = $1";

    private const string ReleaseSql = """
        update control.lease l set host_id = null
          from unnest($2::text[], $3::uuid[], $4::bigint[]) as t(tenant_id, stream_id, epoch)
         where l.tenant_id = t.tenant_id and l.stream_id = t.stream_id and l.epoch = t.epoch and l.host_id = $1
        """;

    private const string FinishSql =
        "update control.lease set finished = true, host_id = null where tenant_id = $2 and stream_id = $3 and epoch = $4 and host_id = $1";

    /// <summary>Takes up to <paramref name="max"/> streams nobody holds, system streams first. Several hosts at once never get the same one.</summary>
    /// <param name="except">Streams this host does not want now.</param>
    public Task<IReadOnlyList<ClaimedLease>> ClaimAsync(HostId host, int max, IReadOnlyList<StreamRef> except, CancellationToken ct) =>
        ClaimAsync(ClaimFreeSql, host, max, except, ct);

    /// <summary>Missions nobody holds.</summary>
    public async Task<IReadOnlyList<StreamRef>> FreeMissionsAsync(int max, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            "select tenant_id, stream_id from control.lease where host_id is null and not finished and role = 'mission' order by tenant_id, stream_id limit $1", connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var free = new List<StreamRef>();
        while (await reader.ReadAsync(ct))
        {
            free.Add(new StreamRef(new TenantId(reader.GetString(0)), new StreamId(reader.GetGuid(1))));
        }

        return free;
    }

    /// <summary>Takes streams left behind by hosts that are gone, and ended missions with something pending. For the poll.</summary>
    /// <param name="except">Streams this host does not want now.</param>
    public Task<IReadOnlyList<ClaimedLease>> ClaimLeftAsync(HostId host, int max, IReadOnlyList<StreamRef> except, CancellationToken ct) =>
        ClaimAsync(ClaimLeftSql, host, max, except, ct);

    private async Task<IReadOnlyList<ClaimedLease>> ClaimAsync(string sql, HostId host, int max, IReadOnlyList<StreamRef> except, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = max });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. except.Select(static s => s.Tenant.Value)] });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. except.Select(static s => s.Stream.Value)] });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var claimed = new List<ClaimedLease>();
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new ClaimedLease(new TenantId(reader.GetString(0)), new StreamId(reader.GetGuid(1)), reader.GetString(2), reader.GetInt64(3)));
        }

        return claimed;
    }

    /// <summary>Takes this one stream if nobody holds it. For a host whose key the log does not know yet: it may own nothing but the stream that will name it.</summary>
    public async Task<ClaimedLease?> ClaimOneAsync(HostId host, TenantId tenant, StreamId stream, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ClaimOneSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new ClaimedLease(tenant, stream, reader.GetString(0), reader.GetInt64(1)) : null;
    }

    /// <summary>What this host holds, as the database has it.</summary>
    public async Task<IReadOnlySet<LeaseTerm>> HeldAsync(HostId host, CancellationToken ct)
    {
        var held = new HashSet<LeaseTerm>();
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(HeldSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            held.Add(new LeaseTerm(new TenantId(reader.GetString(0)), new StreamId(reader.GetGuid(1)), reader.GetInt64(2)));
        }

        return held;
    }

    /// <summary>Gives streams back at once, for a drain or after being fenced. Terms no longer held are left alone.</summary>
    public async Task<int> ReleaseAsync(HostId host, IReadOnlyList<LeaseTerm> terms, CancellationToken ct)
    {
        if (terms.Count == 0)
        {
            return 0;
        }

        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(ReleaseSql, connection);
        AddTerms(command.Parameters, host, terms);
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Ends the lease of a stream whose log says it is complete. A term no longer held is left alone.</summary>
    public async Task<int> FinishAsync(HostId host, LeaseTerm term, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(FinishSql, connection);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = term.Tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = term.Stream.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = term.Epoch });
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Makes sure a lease row exists, so that somebody can claim the stream. Whoever enters the first intent calls this.</summary>
    public async Task EnsureAsync(TenantId tenant, StreamId stream, string role, CancellationToken ct)
    {
        await using var connection = await source.OpenAsync(ct);
        await using var command = new NpgsqlCommand(
            "insert into control.lease (tenant_id, stream_id, role) values ($1, $2, $3) on conflict do nothing", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = tenant.Value });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = stream.Value });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = role });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static void AddTerms(NpgsqlParameterCollection parameters, HostId host, IReadOnlyList<LeaseTerm> terms)
    {
        parameters.Add(new NpgsqlParameter<Guid> { TypedValue = host.Value });
        var columns = new Columns(parameters, terms.Count);
        columns.Add(NpgsqlDbType.Text, terms, static t => t.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, terms, static t => t.Stream.Value);
        columns.Add(NpgsqlDbType.Bigint, terms, static t => t.Epoch);
    }
}
