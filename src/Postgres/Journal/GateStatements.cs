using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class GateStatements
{
    // One row a statement: arrays of arrays do not pass through unnest, and people decide slowly.
    private const string UpsertSql = """
        insert into control.gate as g (tenant_id, mission_id, opened_seq, name, task_key, cell_id, ticket, status, quorum, roles, approvals, denied_by, code, requesters,
               module_digest, digest, time_expires, time_opened, ended_seq, time_ended)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        on conflict (tenant_id, mission_id, opened_seq) do update set
               status = excluded.status, approvals = excluded.approvals, denied_by = excluded.denied_by, code = excluded.code,
               ended_seq = excluded.ended_seq, time_ended = excluded.time_ended
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        foreach (var stream in streams)
        {
            foreach (var row in stream.Projection.Gates)
            {
                commands.BatchCommands.Add(Upsert(row));
            }
        }
    }

    private static NpgsqlBatchCommand Upsert(GateRow row)
    {
        var command = new NpgsqlBatchCommand(UpsertSql);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Tenant.Value });
        p.Add(new NpgsqlParameter<Guid> { TypedValue = row.Mission.Value });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.OpenedSeq });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Name });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.TaskKey });
        p.Add(new NpgsqlParameter<Guid?> { TypedValue = row.Cell?.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.Ticket });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Status });
        p.Add(new NpgsqlParameter<int> { TypedValue = row.Quorum });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. row.Roles], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. row.Approvals], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.DeniedBy, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.Code, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. row.Requesters], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Module.Value });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Digest });
        p.Add(Time(row.ExpiresUs));
        p.Add(Time(row.OpenedUs));
        p.Add(new NpgsqlParameter<long?> { TypedValue = row.EndedSeq, NpgsqlDbType = NpgsqlDbType.Bigint });
        p.Add(Time(row.EndedUs));
        return command;
    }

    internal static NpgsqlParameter<DateTime?> Time(long? us) =>
        new() { TypedValue = us is { } time ? UnixTime.ToDateTime(time) : null, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
