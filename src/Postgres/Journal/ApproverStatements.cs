using Npgsql;
using NpgsqlTypes;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class ApproverStatements
{
    private const string UpsertSql = """
        insert into control.approver as a (tenant_id, enrolled_seq, name, principal, public_key, kid, time_enrolled, revoked_seq, time_revoked)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (tenant_id, enrolled_seq) do update set revoked_seq = excluded.revoked_seq, time_revoked = excluded.time_revoked
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        foreach (var stream in streams)
        {
            foreach (var row in stream.Projection.Approvers)
            {
                commands.BatchCommands.Add(Upsert(row));
            }
        }
    }

    private static NpgsqlBatchCommand Upsert(ApproverRow row)
    {
        var command = new NpgsqlBatchCommand(UpsertSql);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Tenant.Value });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.EnrolledSeq });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Name });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Principal });
        p.Add(new NpgsqlParameter<byte[]> { TypedValue = row.PublicKey, NpgsqlDbType = NpgsqlDbType.Bytea });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Kid });
        p.Add(GateStatements.Time(row.EnrolledUs));
        p.Add(new NpgsqlParameter<long?> { TypedValue = row.RevokedSeq, NpgsqlDbType = NpgsqlDbType.Bigint });
        p.Add(GateStatements.Time(row.RevokedUs));
        return command;
    }
}
