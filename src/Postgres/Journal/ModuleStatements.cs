using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class ModuleStatements
{
    // One row a statement: arrays of arrays do not pass through unnest, and uploads are rare. A module that was once
    // registered stays so: a later refusal of the same bytes (another limit, another engine) is in the log, not here.
    private const string UpsertSql = """
        insert into control.module as m (tenant_id, module_digest, name, status, size_bytes, abi_version, imports, exports, reason_code, reason, submitted_seq, time_created,
               stays_warm_code, stays_warm_reason)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        on conflict (tenant_id, module_digest) do update set
               name = excluded.name, status = excluded.status, size_bytes = excluded.size_bytes, abi_version = excluded.abi_version,
               imports = excluded.imports, exports = excluded.exports, reason_code = excluded.reason_code, reason = excluded.reason,
               submitted_seq = excluded.submitted_seq, stays_warm_code = excluded.stays_warm_code, stays_warm_reason = excluded.stays_warm_reason
         where m.status = 'refused'
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        foreach (var stream in streams)
        {
            foreach (var row in stream.Projection.Modules)
            {
                commands.BatchCommands.Add(Upsert(row));
            }
        }
    }

    private static NpgsqlBatchCommand Upsert(ModuleRow row)
    {
        var command = new NpgsqlBatchCommand(UpsertSql);
        var p = command.Parameters;
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Tenant.Value });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Digest.Value });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Name });
        p.Add(new NpgsqlParameter<string> { TypedValue = row.Status });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.SizeBytes });
        p.Add(new NpgsqlParameter<int?> { TypedValue = row.AbiVersion, NpgsqlDbType = NpgsqlDbType.Integer });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. row.Imports], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string[]> { TypedValue = [.. row.Exports], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.ReasonCode, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.Reason, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<long> { TypedValue = row.SubmittedSeq });
        p.Add(new NpgsqlParameter<DateTime> { TypedValue = UnixTime.ToDateTime(row.TimeCreatedUs), NpgsqlDbType = NpgsqlDbType.TimestampTz });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.StaysWarmCode, NpgsqlDbType = NpgsqlDbType.Text });
        p.Add(new NpgsqlParameter<string?> { TypedValue = row.StaysWarmReason, NpgsqlDbType = NpgsqlDbType.Text });
        return command;
    }
}
