using Npgsql;
using NpgsqlTypes;
using Voxeltron.Kernel;
using Voxeltron.Ultra;

namespace Voxeltron.Postgres;

internal static class TaskStatements
{
    private const string UpsertSql = """
        insert into control.task as t (tenant_id, mission_id, task_key, task_id, item_key, status, attempt, cell_id, module_digest, waiting_for,
               outcome_code, last_seq, time_created, time_modified)
        select * from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::uuid[], $9::text[], $10::text[],
               $11::text[], $12::bigint[], $13::timestamptz[], $14::timestamptz[])
        on conflict (tenant_id, mission_id, task_key) do update set
               status = excluded.status, attempt = excluded.attempt, cell_id = excluded.cell_id, module_digest = excluded.module_digest, waiting_for = excluded.waiting_for,
               outcome_code = excluded.outcome_code, last_seq = excluded.last_seq, time_modified = excluded.time_modified
        """;

    public static void Add(NpgsqlBatch commands, IReadOnlyList<StreamBatch> streams)
    {
        var rows = LatestByKey(streams);
        if (rows.Count == 0)
        {
            return;
        }

        var command = new NpgsqlBatchCommand(UpsertSql);
        var columns = new Columns(command.Parameters, rows.Count);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.Tenant.Value);
        columns.Add(NpgsqlDbType.Uuid, rows, static t => t.Mission.Value);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.TaskKey);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.TaskId);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.ItemKey);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.Status);
        columns.Add(NpgsqlDbType.Integer, rows, static t => t.Attempt);
        columns.Add(NpgsqlDbType.Uuid, rows, static t => t.Cell?.Value);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.Module.Value);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.WaitingFor);
        columns.Add(NpgsqlDbType.Text, rows, static t => t.OutcomeCode);
        columns.Add(NpgsqlDbType.Bigint, rows, static t => t.LastSeq);
        columns.Add(NpgsqlDbType.TimestampTz, rows, static t => UnixTime.ToDateTime(t.TimeCreatedUs));
        columns.Add(NpgsqlDbType.TimestampTz, rows, static t => UnixTime.ToDateTime(t.TimeModifiedUs));
        commands.BatchCommands.Add(command);
    }

    /// <summary>A commit may carry several states of one task; only the last counts, and an upsert may not meet a key twice.</summary>
    private static List<TaskRow> LatestByKey(IReadOnlyList<StreamBatch> streams)
    {
        var rows = new List<TaskRow>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var stream in streams)
        {
            // Keys are unique within a mission, and a mission is one stream.
            seen.Clear();
            for (var i = stream.Projection.Tasks.Count - 1; i >= 0; i--)
            {
                if (seen.Add(stream.Projection.Tasks[i].TaskKey))
                {
                    rows.Add(stream.Projection.Tasks[i]);
                }
            }
        }

        return rows;
    }
}
