using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

/// <summary>
/// The fence. One statement moves every head of a commit from exactly the seq and epoch it must stand at; how many it moved
/// says whether there was another writer (fence), a hole (gap) or a second history (fork).
/// </summary>
internal static class HeadStatements
{
    /// <summary>division_by_zero: no other statement of a commit divides.</summary>
    public const string MissedState = PostgresErrorCodes.DivisionByZero;

    private const string MovedSql = """
        with wanted as materialized (
          select * from unnest($1::text[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[])
            as w(tenant_id, stream_id, first_seq, last_seq, standing_epoch, epoch, chain)
        ), moved as (
          update journal.stream_head h set seq = w.last_seq, epoch = w.epoch, chain = w.chain
            from wanted w
           where w.standing_epoch > 0 and h.tenant_id = w.tenant_id and h.stream_id = w.stream_id
             and h.seq = w.first_seq - 1 and h.epoch = w.standing_epoch
          returning h.tenant_id, h.stream_id
        ), begun as (
          insert into journal.stream_head (tenant_id, stream_id, seq, epoch, chain)
          select tenant_id, stream_id, last_seq, epoch, chain from wanted where standing_epoch = 0
          on conflict do nothing
          returning tenant_id, stream_id
        ), stood as (select * from moved union all select * from begun)
        """;

    /// <summary>Fails the whole batch at once when a head misses, so that the rest may travel behind it unread.</summary>
    private const string FenceSql = MovedSql + "\nselect 1 / (count(*) = cardinality($1::text[]))::int from stood";

    private const string MissedSql = MovedSql
        + "\nselect w.tenant_id, w.stream_id from wanted w where not exists (select 1 from stood s where s.tenant_id = w.tenant_id and s.stream_id = w.stream_id) order by 1, 2";

    public static NpgsqlBatchCommand Fence(IReadOnlyList<StreamBatch> streams)
    {
        var command = new NpgsqlBatchCommand(FenceSql);
        AddParameters(command.Parameters, streams);
        return command;
    }

    /// <summary>Moves what can be moved and names the rest. For a transaction that will be rolled back.</summary>
    public static async Task<IReadOnlyList<(TenantId Tenant, StreamId Stream)>> ReadMissedAsync(NpgsqlConnection connection, IReadOnlyList<StreamBatch> streams, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(MissedSql, connection);
        AddParameters(command.Parameters, streams);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var missed = new List<(TenantId, StreamId)>();
        while (await reader.ReadAsync(cancel))
        {
            missed.Add((new TenantId(reader.GetString(0)), new StreamId(reader.GetGuid(1))));
        }

        return missed;
    }

    private static void AddParameters(NpgsqlParameterCollection parameters, IReadOnlyList<StreamBatch> streams)
    {
        var columns = new Columns(parameters, streams.Count);
        columns.Add(NpgsqlDbType.Text, streams, static s => s.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, streams, static s => s.Stream.Value);
        columns.Add(NpgsqlDbType.Bigint, streams, static s => s.Entries[0].Header.Seq);
        columns.Add(NpgsqlDbType.Bigint, streams, static s => s.Entries[^1].Header.Seq);
        columns.Add(NpgsqlDbType.Bigint, streams, static s => s.PreviousEpoch ?? s.Epoch);
        columns.Add(NpgsqlDbType.Bigint, streams, static s => s.Epoch);
        columns.Add(NpgsqlDbType.Bytea, streams, static s => s.Entries[^1].Chain);
    }
}
